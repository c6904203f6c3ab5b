extension ErrorCatalogue {
    /// Backups of registry, artefacts, keys and environments.
    static let backup: [Entry] = [
        Entry(
            "backup.damaged", 409, "A backup is not what it was when it was made; the message names the files.",
            cause: "A disk fault, a copy that was cut off, or somebody who wrote there.",
            next: "See all of it: hftml backup verify DIR; restore another one with --number, or from another copy."),
        Entry(
            "backup.inside", 400, "The directory for backups lies inside of what is backed up.",
            cause: "A backup below `Registry` would hold itself, and be lost with it.",
            next: "Name one elsewhere, best on another disk: hftml backup create /mnt/elsewhere"),
        Entry(
            "backup.log", 409, "The record in the backup is not intact: its log, its tables or its weights.",
            cause:
                "It was damaged or changed before the backup was made, or a file of a trusted key says something else "
                + "than the log.",
            next: "Look where it was made: hftml audit verify. Restore an earlier one from where backups are made, "
                + "since a fetched directory has the newest alone: hftml backup restore DIR --number NUMBER"),
        Entry(
            "backup.manifest", 409, "A manifest of a backup says what no backup of ours says.",
            cause: "It was written by hand, or by a newer hftml.",
            next: "Do not restore it; see what else is wrong: hftml backup verify DIR"),
        Entry(
            "backup.none", 404, "There is no backup in the directory, or none of that number.",
            cause:
                "A typing mistake, the first backup was never completed, or a number that was not fetched: a fetched "
                + "directory has the newest alone.",
            next: "Name the directory that backups are made in, or fetch the newest: hftml backup fetch ADDRESS DIR"),
        Entry(
            "backup.not-empty", 409, "The directory to restore into holds something already.",
            cause: "A restored workspace takes the place of nothing, least of all of a registry.",
            next: "Name an empty one: hftml backup restore DIR --to DIRECTORY; in a clone add --keep-files."),
        Entry(
            "backup.other-log", 409, "The log does not go on from the one in the backup before.",
            cause:
                "Another pipeline judged or promoted since this one restored the record; or another project, or a "
                + "registry restored from an older backup.",
            next: "Run the pipeline again; for another project, begin another directory of backups."),
        Entry(
            "backup.unfinished", 409, "A backup was being restored here and is not complete.",
            cause: "The restoring was killed, or still runs.",
            next: "Start it again: hftml backup restore DIR --to DIRECTORY"),
        Entry(
            "fetch.answer", 502, "A server answered with something else than the file.",
            cause: "A token that may not read there, an address that was moved, or a server in trouble.",
            next: "Follow the hint; check the address with the token in a browser."),
        Entry(
            "fetch.header", 400, "A header to send along cannot be read.",
            cause: "The variable is not set, or the text is not HEADER=VARIABLE.",
            next: "Name the variable: --header-from JOB-TOKEN=CI_JOB_TOKEN"),
        Entry(
            "fetch.too-large", 413, "A server sent more than the file may have.",
            cause: "Another file lies there, or somebody put it there.",
            next: "Check the address."),
        Entry(
            "fetch.unreachable", 502, "A server cannot be reached, or the connection broke.",
            cause: "The network, a proxy, or a wrong address.",
            next: "Try again; nothing was kept of what came."),
    ]
}
