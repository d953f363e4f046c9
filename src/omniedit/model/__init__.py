"""The model.

flow         rectified flow: paths, times, and what a network predicts
editnet      EditNet over SD3's blocks
condition    causal condition attention, which can be cached
codec        pixels <-> latents
text         the embedded text encoder
sampling     from noise to picture
editor       all of it as one bundle, saved as one folder
"""
