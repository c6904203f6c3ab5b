extension ErrorCatalogue {
    /// Files of bars: whose they are, and what contradicts their market.
    static let bars: [Entry] = [
        Entry(
            "data.actions", 422, "Prices are to be adjusted, and the corporate actions for it are not there.",
            cause: """
                An instrument has no file of actions, the files are others than the features were made by, or a model \
                of adjusted prices runs where no actions are read.
                """,
            next: "Bring the files that the market file names under `adjust`, or write `missing: none` there."),
        Entry(
            "data.bad-rows", 422,
            """
            A raw file holds rows that cannot be right: a bad number, a low above the high, a time that runs \
            backwards.
            """,
            cause: "The export was cut or edited, or the file is of another format than the market spec says.",
            next: """
                Correct the rows that the message lists. For numbers with more decimals than the market spec keeps, \
                set `priceDecimals` or `volumeDecimals` there. Or set `mode: repair` to leave the rows out and report \
                them.
                """),
        Entry(
            "data.bars", 422, "No bars can be made so of what is there.",
            cause: """
                Bars do not say their trades, time bars need the sessions of a market and a multiple of the bars' \
                length, rows stand behind their bar, or a row has no price.
                """,
            next: "Make them so: hftml data convert TRADES --market market.yaml --bars every:5m -o bars.parquet"),
        Entry(
            "data.contradiction", 422, "Files that one market file is to describe contradict each other.",
            cause: "They differ in interval, zone, separator or another thing that a market file says once.",
            next: "Describe them apart: hftml data sniff FILE"),
        Entry(
            "data.empty", 422, "A CSV file has no header and no rows.",
            cause: "The download failed, or the wrong file was named.",
            next: "Look at the file, and fetch it again."),
        Entry(
            "data.sides", 409,
            "Bids and asks of one instrument lie in two files, and nobody says which prices are meant.",
            cause: """
                The names of two files differ in the words bid and ask. As two instruments they would be one market \
                twice. Or mids are asked for, and a bar of one side lies below the other, or half of their sum has \
                more decimals than the market keeps.
                """,
            next: "Write into the market file: schemaVersion: 2 and files: {side: mid}, or bid, or ask."),
        Entry(
            "data.instrument-files", 409,
            "Two files hold the same time of one instrument, or bars that cannot follow each other.",
            cause: """
                A file lies beside its compressed copy, two deliveries overlap, or two instruments have names that \
                begin alike: the text before the first `_` is the instrument. Every sample would count twice.
                """,
            next: """
                Move one of the two files that the message names out of the data, or rename it: INSTRUMENT_DATE.csv. \
                Names of another form are read by a recorded pattern with a field `symbol`: \
                hftml add DIRECTORY --each PATTERN
                """),
        Entry(
            "data.instrument-name", 422, "A file of bars is named by a date or the number of a part, by no instrument.",
            cause: """
                The instrument is the text before the first `_` of the file's name, and these names begin with a day; \
                or several names differ in digits alone and their bars never overlap, as parts of one instrument do.
                """,
            next: """
                Record where the instrument stands in the names: \
                hftml add DIRECTORY --each '{date:%Y-%m-%d}_{symbol}.csv.gz', or rename the files: INSTRUMENT_DATE.csv
                """),
        Entry(
            "data.no-bars", 422, "A file holds market data, and no bars.",
            cause: "Trades, quotes or books were given where bars are expected.",
            next: "See what it holds: hftml data head FILE"),
        Entry(
            "data.several-instruments", 422, "A file holds bars of several instruments where one is expected.",
            cause: "A vendor keeps all symbols in one file.",
            next: "Write a file for each: hftml data convert FILE --each-instrument -o DIRECTORY"),
        Entry(
            "data.zone", 422, "Times that name no zone would be written as if they had one.",
            cause: "The file has the wall clock of a place that it does not say.",
            next: "Say it: hftml data convert FILE --zone America/New_York -o bars.parquet"),
    ]
}
