extension ErrorCatalogue {
    /// Data sets of one file per day and instrument.
    static let partitions: [Entry] = [
        Entry(
            "partition.closed", 409, "A file of a closed day was added, changed or removed.",
            cause: """
                The vendor corrected history, or a file was damaged; everything that was trained on the old file rests \
                on it.
                """,
            next: "Put the file back (hftml checkout DATA), or say why it changes: hftml add DATA --revise 'REASON'"),
        Entry(
            "partition.filter", 400, "A filter names a field that partitions do not have, or cannot be answered.",
            cause: "The field is misspelt, or its value is not of the field's type: text has no order, days no hours.",
            next: "Name a field of the pattern and a value of its type, such as date>=2024-03 and symbol=AAPL."),
        Entry(
            "partition.missing", 409,
            "Recorded partitions do not stand in the workspace, and would go from the record.",
            cause: "Only some were brought here, with pull --where, or files were lost.",
            next: """
                Record only what you mean (hftml add DATA --where 'date>=2026-11'), bring the others back (hftml \
                checkout DATA), or say why they go: hftml add DATA --revise 'REASON'
                """),
        Entry(
            "partition.none", 404, "A filter means no partition of the data.",
            cause: "The days or instruments that were asked for are not recorded.",
            next: "The message says what there is; ask for some of it."),
        Entry(
            "partition.name", 422,
            "A file's name is read in two ways, names a time that does not exist, or has the key of another.",
            cause: """
                Two fields of text stand beside each other, the file was misnamed, or it stands there twice, such as \
                packed and unpacked.
                """,
            next: """
                Rename the file, separate the fields by a character that none of them holds, or take one of two files \
                with one key out of the directory.
                """),
        Entry(
            "partition.pattern", 400, "The pattern of partitions' names is malformed.",
            cause: """
                A brace is not closed, a field is named twice, a time lacks its year, or days are to be closed and no \
                field is a time.
                """,
            next: "Write fields in braces: each: raw/{date:%Y-%m-%d}_{symbol}.csv.gz"),
        Entry(
            "partition.unknown", 404, "Nothing of the data was known by the day that was asked for.",
            cause: "The data was recorded later, and none of its partitions was over by then.",
            next: "Choose a later day; the pointer's history says when it was recorded: git log -- DATA.dvc"),
    ]
}
