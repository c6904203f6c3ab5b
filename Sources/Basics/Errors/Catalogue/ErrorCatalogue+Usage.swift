extension ErrorCatalogue {
    /// Options that do not have the form they need.
    static let usage: [Entry] = [
        Entry(
            "explain.unknown", 404, "No error has this code.",
            cause: "A typing mistake, or a code of another version of hftml.",
            next: "See all codes: hftml explain"),
        Entry(
            "usage.arguments", 400, "The arguments of a command are not valid.",
            cause: "An argument is missing, unknown, or has a value of another kind.",
            next: "See what the command takes with its help, such as: hftml train --help"),
        Entry(
            "usage.confirm", 400, "The command asks for a confirmation, and there is no terminal to ask on.",
            cause: "It runs in a script or a pipeline.",
            next: "Look at what it is about to do, and add --yes."),
        Entry(
            "usage.date", 400, "The date after --date is not of the form YYYY-MM-DD.",
            cause: "It is written in another order, or with a time.",
            next: "Write it as in: hftml gc --date 2026-01-31"),
        Entry(
            "usage.declined", 409, "Nothing was done, because the question was answered with no.",
            cause: "What was asked for cannot be taken back, so a terminal asks first.",
            next: "Answer y, or add --yes."),
        Entry(
            "usage.expect", 400, "The value after --expect is neither a version number nor `none`.",
            cause: "An alias or a full reference was given.",
            next: "Write the number alone: hftml models alias NAME/3 challenger --expect 2"),
        Entry(
            "usage.expires", 400, "The value after --expires is not a day or time.",
            cause: "It is written in another order.",
            next: "Write it as in: hftml keys trust NAME --role ROLE --expires 2099-12-31"),
        Entry(
            "usage.from", 400, "The value after --from or --until is neither a day nor a time.",
            cause: "It is written in another order.",
            next: "Write it as in: --from 2026-01-31 --until 2026-02-28T12:30"),
        Entry(
            "usage.gc", 400, "A count is negative or zero where at least one is needed.",
            cause: "The option --grace counts days from 0, --num commits from 1.",
            next: "Use values such as: hftml gc --workspace --num 5 --grace 14"),
        Entry(
            "usage.jobs", 400, "The number of jobs is out of range.",
            cause: "It is between 1 and 4096.",
            next: "Use one such as: hftml repro PIPELINE -j 4"),
        Entry(
            "usage.lineage", 400, "These references cannot be asked for together.",
            cause:
                "Several are for data and --downstream only; a day, PATH@as-of:DAY, is none of lineage's references.",
            next: "Ask for data such as: hftml lineage PATH PATH@REVISION --downstream"),
        Entry(
            "usage.no-command", 400, "Options were given, and no command.",
            cause: "The command was forgotten, or only the noun of a command was typed.",
            next: "See what there is with: hftml --help"),
        Entry(
            "usage.resource", 400, "The value after --resource is not of the form NAME=AMOUNT.",
            cause: "The amount or its unit is missing or unknown.",
            next: "Write it as in: hftml repro PIPELINE --resource gpu=2 --resource memory=16GiB"),
        Entry(
            "usage.set", 400, "The value after --set is not of the form KEY=VALUE.",
            cause: "The `=` is missing, or nothing stands before it.",
            next: "Write it as in: hftml train CONFIG -o DIRECTORY --set training.epochs=10"),
        Entry(
            "usage.tag", 400, "A tag is not of the form key=value.",
            cause: "The `=` is missing, or nothing stands before it.",
            next: "Write it as in: hftml runs tag RUN note=\"second try\""),
        Entry(
            "usage.time", 400, "The argument is not a time.",
            cause: "It is written in another order, or the month or day does not exist.",
            next: "Write it as in: hftml registry at 2026-03-01T09:30"),
        Entry(
            "usage.data-format", 400,
            "The name of a file to write says no format, or two instruments would have "
                + "one file.",
            cause: "Tables are written as CSV, Parquet or Arrow, by the ending of the name.",
            next: "Name the file so: hftml data convert FILE -o bars.parquet"),
        Entry(
            "usage.yahoo", 400,
            "An option of an import is out of range, or two tickers have one file name.",
            cause:
                "The option --rate takes 0.001 to 1000000 requests per second, --backoff 0 to 60 seconds, "
                + "--price-decimals 0 to 9; most characters of a ticker that are no letters or digits become "
                + "hyphens in its file's name.",
            next: "Use values such as: hftml import yahoo AAPL --rate 2 --backoff 1 -o DIRECTORY"),
        Entry(
            "usage.trust", 400, "Exactly one of --to and --role is needed.",
            cause: "A person signs in a role; a machine signs bundles for an environment.",
            next: "Choose one: hftml keys trust NAME --role validator, or hftml keys trust NAME --to ENVIRONMENT"),
        Entry(
            "usage.unknown-command", 400, "There is no command of this name.",
            cause: "The command, or the word after it, is mistyped.",
            next: "Use the name that the error proposes, or see what there is with: hftml --help"),
    ]
}
