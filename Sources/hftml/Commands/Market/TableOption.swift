import ArgumentParser
import Workflows

/// Which of a file's tables a command reads.
struct TableOption: ParsableArguments {
    @Option(name: .customLong("table"), help: "Which of its tables to read; its main one by default.")
    var kind: HeadData.Table?
}

extension HeadData.Table: ExpressibleByArgument {}
