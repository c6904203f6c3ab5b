import ArgumentParser
import Basics
import Execution
import Foundation
import MarketData
import ModelBundles

/// The trading-host program. It links no SQLite, no HTTP client and no pipeline code.
@main
struct Runtime: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hftml-runtime",
        abstract: "Verifies signed bundles and trades with them, and with nothing else.",
        discussion: """
            EXAMPLES
              hftml-runtime replay Registry/environments/paper Data/demo-market -o journal
              hftml-runtime status Registry/environments/paper
            """,
        version: ToolVersion.current,
        subcommands: [Accept.self, ReplayCommand.self, Status.self, Halt.self, Resume.self, Rollback.self])
}

struct RuntimeOptions: ParsableArguments {
    @Argument(help: "The environment: its directory or its runtime.json.", completion: .directory) var environment:
        String
    @Flag(help: "Print one JSON document on stdout.") var json = false
    @Flag(name: .shortAndLong, help: "Print nothing but errors.") var quiet = false

    func emit(_ text: String) { if !quiet { FileHandle.standardOutput.write(Data((text + "\n").utf8)) } }

    /// Runs `body`; errors become sentences and exit codes.
    func guarding(_ body: () throws -> Void) throws {
        do { try body() } catch let code as ExitCode { throw code } catch let error as any UserFacingError {
            if json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "error": .map([
                            "code": .string(error.code), "message": .string(error.message), "hint": .string(error.hint),
                        ]),
                    ]).text(.pretty))
            }
            FileHandle.standardError.write(Data("error: \(error.description)\n".utf8))
            throw ExitCode(error.exitStatus.rawValue)
        }
    }
}

struct Accept: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into the inbox once; exit 2 if the last bundle was refused.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let installer = BundleInstaller(try RuntimeEnvironment(options.environment))
            try installer.recoverReceipt()
            let receipts = try installer.processInbox().receipts
            if options.json {
                options.emit(
                    JSONValue.map(["schemaVersion": .int(1), "receipts": .list(receipts.map(\.json))]).text(.pretty))
            } else {
                for receipt in receipts { options.emit(ReceiptText.line(receipt)) }
            }
            if receipts.last?.outcome == .refused { throw ExitCode(ExitStatus.refused.rawValue) }
        }
    }
}

enum ReceiptText {
    static func line(_ receipt: Receipt) -> String {
        let what = receipt.name.map { "\($0)/\(receipt.version ?? 0)" } ?? String(receipt.bundle.prefix(12))
        return "\(receipt.outcome.rawValue): \(what)" + (receipt.reason.map { " — \($0)" } ?? "")
    }
}

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Trade recorded bars with the bundle in force, in a paper exchange.")
    @OptionGroup var options: RuntimeOptions
    @Argument(help: "Bar files or directories.", completion: .file()) var data: [String]
    @Option(
        help: ArgumentHelp("Trade from this day on; bars before it only warm the features up.", valueName: "2026-01-31")
    ) var from: String?
    @Option(name: .shortAndLong, help: "Directory for journal and summary.", completion: .directory) var output: String?

    func run() throws {
        try options.guarding {
            let environment = try RuntimeEnvironment(options.environment)
            var start = Nanoseconds.min
            if let from {
                guard let date = CivilDate(from) else {
                    throw Failure(
                        "usage.from", "found '\(from)' after --from, expected a date such as 2026-01-31",
                        exitStatus: .usage)
                }
                start = Int64(date.daysSince1970) * 86_400_000_000_000
            }
            let directory = output ?? environment.journal
            let outcome = try Replay(environment).run(
                files: try data.flatMap { try BarReader.files(at: $0) },
                journal: Paths.join(directory, "journal.csv"), from: start)
            let s = outcome.summary
            let node = JSONValue.map([
                "schemaVersion": .int(1), "environment": .string(environment.name), "model": .string(outcome.model),
                "bars": .int(s.counts.bars),
                "predictions": .int(s.counts.predictions), "submitted": .int(s.counts.submitted),
                "denied": .int(s.counts.denied),
                "deniedReasons": .map(
                    s.counts.deniedReasons.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }),
                "filled": .int(s.counts.filled),
                "cancelled": .int(s.counts.cancelled), "grossProfit": .double(s.grossProfit), "fees": .double(s.fees),
                "netProfit": .double(s.grossProfit - s.fees),
                "openPositions": .int(s.openPositions), "seconds": .double(outcome.seconds), "latency": s.latency.json,
                "receipts": .list(outcome.receipts.map(\.json)),
            ])
            try AtomicFile.write(node.text(.pretty) + "\n", to: Paths.join(directory, "summary.json"))
            if options.json { return options.emit(node.text(.pretty)) }
            for receipt in outcome.receipts { options.emit(ReceiptText.line(receipt)) }
            options.emit(
                "\(outcome.model ?? "?") in \(environment.name): \(s.counts.bars) bars, \(s.counts.predictions) predictions, \(s.counts.submitted) orders, \(s.counts.denied) denied, \(s.counts.filled) fills"
            )
            if !s.counts.deniedReasons.isEmpty {
                options.emit(
                    "denied: "
                        + s.counts.deniedReasons.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
                            separator: ", "))
            }
            options.emit(
                "profit \((s.grossProfit * 100).rounded() / 100) gross, \(((s.grossProfit - s.fees) * 100).rounded() / 100) after fees; \(s.openPositions) positions open"
            )
            options.emit(
                "bar to decision: p50 \(s.latency.p50) ns, p99 \(s.latency.p99) ns, p99.9 \(s.latency.p999) ns, largest \(s.latency.maximum) ns"
            )
            options.emit("journal: \(outcome.journalPath)")
        }
    }
}

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The bundle in force, and whether trading is halted.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let environment = try RuntimeEnvironment(options.environment)
            let bundle = try BundleInstaller(environment).current()
            let isHalted = Paths.exists(environment.haltFile)
            if options.json {
                options.emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "environment": .string(environment.name),
                        "bundle": .string(bundle?.digest), "name": .string(bundle?.identity.name),
                        "version": bundle.map { .int($0.identity.version) } ?? .null,
                        "signer": .string(bundle?.signer.name), "halted": .bool(isHalted),
                    ]).text(.pretty))
            } else {
                options.emit(
                    "\(environment.name): \(bundle.map { "\($0.identity.name)/\($0.identity.version) signed by \($0.signer.name)" } ?? "no bundle")\(isHalted ? ", HALTED" : "")"
                )
            }
        }
    }
}

struct Halt: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stop opening orders in this environment until resume.")
    @OptionGroup var options: RuntimeOptions
    @Option(help: "Why.") var reason = "operator"

    func run() throws {
        try options.guarding {
            let environment = try RuntimeEnvironment(options.environment)
            try AtomicFile.write("\(TimeText.utc(Clock.system.now())) \(reason)\n", to: environment.haltFile)
            options.emit("halted")
        }
    }
}

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trade again after halt.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            try Paths.remove(try RuntimeEnvironment(options.environment).haltFile)
            options.emit("resumed")
        }
    }
}

struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Put the previous bundle back in force.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let receipt = try BundleInstaller(try RuntimeEnvironment(options.environment)).rollBack()
            options.emit(options.json ? receipt.json.text(.pretty) : ReceiptText.line(receipt))
        }
    }
}
