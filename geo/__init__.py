"""Cuntong 村通: which places a network reaches, proved down to the natural village."""
