"""The model.

flow              rectified flow: paths, times, and what a network predicts
editing_network   what EditNet and its rivals share
editnet           EditNet over SD3's blocks
rivals            what the paper compares it with, and inpainting
networks          all of them by name
condition         causal condition attention, which can be cached
detail            a head that reads details off the source's pixels
lora              low-rank additions to any of them, through peft
codec             pixels <-> latents
text              the embedded text encoder, and SD3's three
inpainting        what an inpainting network sees of a picture
sampling          from noise to picture
editor            all of it as one bundle
bundle            an editor as a folder: the whole, or
trained           only what was trained, over its
base              base: an SD3 checkpoint, and a reference to it
sd3               from SD3 to an editor, and its base back into diffusers
hub, card         the Hugging Face Hub, and what a model says of itself there
"""
