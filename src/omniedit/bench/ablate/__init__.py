"""The paper's questions at nano scale: many small trainings that differ in one thing, and what came of them.

studies      the questions, and the arms that answer them
paper        the paper's own numbers, for tables of their own
recipe       all that the numbers depend on
plan         which jobs there are, what each waits for, and how long all of it takes
pool         candidates of every quality, judged by everyone whose choice is compared
draw         the pairs that an arm is trained on
jobs         what one job does: it runs in a process of its own (work)
crew         several jobs at a time, and the same again after any kill
run          the whole of it, from plan to document
results      what the finished jobs say, in one file
estimates    means, spreads, intervals over seeds and items
tables, plots, document
"""
