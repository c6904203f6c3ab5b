import ArgumentParser

/// Which partitions of data with one file per day and instrument.
struct PartitionOptions: ParsableArguments {
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Only partitions of these keys, such as 'date>=2024-03 and symbol in (AAPL, BRK.B)'; the others stay.",
            valueName: "condition"))
    var conditions: [String] = []
}
