"""The app: snapshots in a browser, by Streamlit and folium. It reads them through `geo`, computes no coverage."""
