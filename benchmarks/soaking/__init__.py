"""The soak: servers that mix what requests leave lying about, and their crowd.

`server` serves `app` (the soak's routes, with the data kept in `places`, and those of
`lasting`) beside the demo application; `host` starts it. `crowd` runs client processes;
each of their clients speaks through `wire`, does what `tasks`, `lasting_tasks`,
`broken` and `notes_user` describe, and compares the answers with what it knows
(`client`). `mixed` has the same clients ask `in_process`, from threads, greenlets and
tasks at once, and `hammer` what is shared. `pauses` lets others run; `runs` puts a run
together, `memory` watches it, and `outcome` judges it.
"""
