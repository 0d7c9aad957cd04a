"""The nightly job from the command line: started, watched, and told in some thirty lines.

What lives here: the run in Dagster's history, what the console shows of it, and the file that keeps everything else.
What doesn't: what a night does; that is the job `nightly`.
"""
