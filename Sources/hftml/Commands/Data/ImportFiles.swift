import ArgumentParser
import Basics
import Documents
import Workflows

struct ImportFilesCommand: HftmlCommand, TakesPaths {
    static let configuration = CommandConfiguration(
        commandName: "files", abstract: "Write market data of any format as canonical tables, with provenance.",
        discussion: """
            EXAMPLES
              hftml import bars/SIM01_5min.csv --zone America/New_York -o SIM01.parquet
              hftml import files bars --market market.yaml --format csv -o imported

            Files and directories in any format that hftml data head reads, also packed; the word files may be left \
            out. All are opened first: where one cannot be, every reason is listed and nothing is written. Beside each \
            output lies FILE.provenance.json: source and its SHA-256, what the file is, the market file used, rows in \
            and out, first and last time, digest, notes. What lies there already is written over only where it is an \
            earlier output from the same source, or with --force.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "Files, or directories of files.", completion: .file()) var files: [String]
    @OptionGroup var table: TableOption
    @OptionGroup var options: KnownOptions
    @Option(
        name: .shortAndLong, help: "The file to write for one file, else the directory.", completion: .file())
    var output = "."
    @Option(help: "Format of the files that are written.") var format = ConvertData.Format.parquet
    @Flag(help: "Write a file for each instrument.") var eachInstrument = false
    @Flag(help: "Write over files that are no earlier output from the same source.") var force = false

    mutating func perform(_ context: CommandContext) throws -> ImportedFilesDocument {
        var how = ImportFiles.Options(output: context.path(output))
        (how.format, how.table, how.isEachInstrument, how.isForced) = (format, table.kind, eachInstrument, force)
        let known = try options.known(context)
        let terminal = context.terminal
        defer { terminal.clearLine() }
        let outcome = try ImportFiles.run(files.map(context.path), known: known, options: how) {
            terminal.showProgress("importing", $0, "\(Int(saturating: $0 * 100)) %")
        }
        return ImportedFilesDocument(outcome)
    }
}
