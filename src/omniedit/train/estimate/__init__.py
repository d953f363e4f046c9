"""What a training run takes, without weights and without a GPU: parameters, FLOPs, memory, time.

cards     what graphics cards can do at best; utilisation
flops     of one sample, by formula
memory    of one GPU, by formula
plan      all of it in words, for ``omniedit train --dry-run``
"""
