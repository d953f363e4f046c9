"""Training.

recipe       the settings of a run
stages       what is trained: the text-to-image base, then EditNet
loader       judged pairs in memory, and the batch of a step
buckets      one size per batch
objective    the loss
checkpoint   all that a run needs to go on
validation   scores and pictures in the loop
log          progress
loop         all of it, top to bottom
"""
