"""The simulated country: raw deliveries of Region Changzhou, made from one seed.

Nothing here is a survey. `simulate/README.md` says what is real, what is invented and how.
"""
