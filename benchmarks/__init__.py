"""How fast the runtime is beside npm `capnweb` on Node, both measured in the same run.

    make bench                      all figures, in ten minutes
    python -m benchmarks --quick    those of the bar, coarser, in two minutes

scenarios   what is measured, and who is compared with whom
peers       the processes that do the work, each on a core of its own
others      which other libraries can take part, for orientation
measuring   restarts, order, medians, spread
machine     what the figures were measured on, and what disturbed them
report      the table, and what has to be said with it
programs/   what the processes run
"""
