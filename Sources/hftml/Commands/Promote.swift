import ArgumentParser
import Basics
import Documents
import Foundation
import Registry
import Workflows

struct PromoteCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Sign a gated version, hand it to a runtime, wait for its receipt, move the alias.",
        discussion: """
            EXAMPLES
              hftml promote bars-cnn/1 --to paper --key paper-signer --features f.safetensors --strategy strategy.yaml
              hftml promote bars-cnn/2 --to paper --key paper-signer --features f.safetensors --strategy s.yaml --wait 60
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(name: .customLong("to"), help: "The environment: a name under Registry/environments, or a path.")
    var environment: String
    @Option(help: "Name of a key of hftml keys, or a private key file.") var key: String
    @Option(help: "The features the version was trained on; its last window is the golden input.", completion: .file())
    var features: String
    @Option(help: "YAML with rule, costs and limits.", completion: .file()) var strategy: String
    @Option(help: "The alias to move once the bundle is in force; champion, or canary with a share below 1.") var alias:
        String?
    @Option(help: "Share of the instruments that the bundle may trade; below 1 it is a canary.") var share = 1.0
    @Option(help: "Seconds to wait for a receipt.") var wait = 30.0
    @Option(
        help: ArgumentHelp(
            "Bars that the runtime replays for the policy's health rule, where no market feeds it.", valueName: "data"),
        completion: .file()) var probe: [String] = []
    @Flag(help: "Leave the inbox to a runtime that is running; do not start hftml-runtime to look into it.")
    var noActivate = false
    @Option(help: ArgumentHelp("Save the outcome as JSON.", valueName: "file"), completion: .file()) var save: String?

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let keyPath = ManageKeys.privateKey(key, session: session)
        var request = PromoteModel.Request(
            reference: reference, environment: environment, strategy: strategy, features: features, keyPath: keyPath)
        (request.alias, request.share, request.wait) = (alias ?? (share < 1 ? "canary" : "champion"), share, wait)
        request.probe = probe
        var runtime = RuntimeProgram.port
        if noActivate { runtime.accept = { _ in } }
        let outcome = try PromoteModel.run(request, runtime: runtime, session: session)
        guard let receipt = outcome.receipt else {
            throw Failure(
                "promote.no-receipt",
                "got no receipt of \(outcome.version.reference) from '\(environment)' within \(wait) s",
                hint:
                    "start the runtime; the bundle waits in its inbox, and hftml deployments list will show the receipt"
            )
        }
        let node = JSONValue.map([
            "schemaVersion": .int(1), "version": .string(outcome.version.reference),
            "environment": .string(receipt.environment),
            "bundle": .string(outcome.bundle), "outcome": .string(receipt.outcome), "signer": .string(receipt.signer),
            "alias": .string(outcome.alias),
            "at": .string(TimeText.utc(receipt.time)),
        ])
        if let save { try AtomicFile.write(node.text(.pretty) + "\n", to: save) }
        if common.json { return emit(node.text(.pretty)) }
        emit(
            "\(outcome.version.reference) is in force in \(receipt.environment): bundle \(outcome.bundle.prefix(12)), signed by \(receipt.signer ?? "?"), alias \(request.alias)"
        )
    }
}

/// The trading-host program that stands beside this one.
enum RuntimeProgram {
    static var port: PromoteModel.Runtime {
        PromoteModel.Runtime(
            accept: { try run(["accept", $0, "--quiet"]) },
            replay: { try run(["replay", $0] + $1 + ["-o", "\($0)/journal/probe", "--quiet"]) },
            rollBack: { try run(["rollback", $0, "--quiet"]) },
            halt: { try run(["halt", $0, "--reason", $1, "--quiet"]) })
    }

    static func run(_ arguments: [String]) throws {
        guard let own = ProcessIdentity.program else {
            throw Failure("runtime.program", "cannot find the directory of this program")
        }
        let path = Paths.join(Paths.parent(own), "hftml-runtime")
        guard Paths.exists(path) else {
            throw Failure(
                "runtime.program", "found no hftml-runtime at '\(path)'", hint: "build it with: ./hftml --version")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = FileHandle.standardError
        do { try process.run() } catch { throw Failure("runtime.program", "cannot start '\(path)': \(error)") }
        process.waitUntilExit()
        // Status 2 is a refused bundle; the receipt says why.
        guard process.terminationStatus == 0 || process.terminationStatus == 2 else {
            throw Failure(
                "runtime.ended",
                "hftml-runtime \(arguments.joined(separator: " ")) ended with status \(process.terminationStatus)")
        }
    }
}

struct RollbackCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Put the bundle before the present one back in force.",
        discussion: """
            EXAMPLES
              hftml rollback paper
              hftml rollback paper --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The environment.") var environment: String

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let environment = session.environmentName(environment), directory = session.environmentPath(environment)
        try RuntimeProgram.port.rollBack(directory)
        let registry = try session.registry()
        guard
            let receipt = try PromoteModel.collectReceipts(directory, registry: registry).max(by: { $0.time < $1.time }
            ), receipt.outcome == "rolled-back"
        else { throw Failure("rollback.no-receipt", "got no receipt of a rollback from '\(environment)'") }
        if let model = receipt.model, let number = receipt.version {
            try registry.setAlias(
                "champion", of: try registry.version("\(model)/\(number)"),
                reason: "rollback of \(environment)")
        }
        if common.json { return emit(DeploymentsCommand.json(receipt).text(.pretty)) }
        emit("\(receipt.model ?? "?")/\(receipt.version ?? 0) is in force again in \(receipt.environment)")
    }
}

struct DeploymentsCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "deployments", abstract: "What runtimes said about the bundles they were handed.",
        subcommands: [List.self, Withdraw.self, Feedback.self], defaultSubcommand: List.self)

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    static func json(_ d: DeploymentRecord) -> JSONValue {
        .map([
            "environment": .string(d.environment), "model": .string(d.model),
            "version": d.version.map { .int($0) } ?? .null, "outcome": .string(d.outcome),
            "reason": .string(d.reason), "signer": .string(d.signer), "bundle": .string(d.bundle),
            "replaced": .string(d.replaced), "at": .string(TimeText.utc(d.time)),
        ])
    }

    struct List: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Newest first.",
            discussion: """
                EXAMPLES
                  hftml deployments list
                  hftml deployments list --environment paper --json
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: "Only this environment.") var environment: String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            try PromoteModel.collectAllReceipts(session: session, registry: registry)
            let all = try registry.deployments(environment: environment.map(session.environmentName))
            if common.json {
                return emit(
                    JSONValue.map(["schemaVersion": .int(1), "deployments": .list(all.map(DeploymentsCommand.json))])
                        .text(.pretty))
            }
            var table = TextTable(["environment", "version", "outcome", "at", "signer", "bundle", "reason"])
            for d in all {
                table.add([
                    d.environment, d.model.map { "\($0)/\(d.version ?? 0)" } ?? "–", d.outcome,
                    TimeText.utc(d.time / 1_000_000_000 * 1_000_000_000), d.signer ?? "–",
                    String(d.bundle.prefix(12)), d.reason ?? "",
                ])
            }
            emit(table.text)
        }
    }
}

extension DeploymentsCommand {
    struct Withdraw: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Take back a promotion under way: a bundle that waits in the inbox, or one that runs without having shown its health.",
            discussion: """
                EXAMPLES
                  hftml deployments withdraw paper
                  hftml deployments withdraw paper --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The environment.") var environment: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let promotion = try PromoteModel.withdraw(
                environment: environment, runtime: RuntimeProgram.port, session: session)
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "withdrawn": .string(promotion.reference),
                        "environment": .string(environment), "bundle": .string(promotion.bundle),
                    ]).text(.pretty))
            }
            emit("withdrew \(promotion.reference) from \(environment)")
        }
    }
}

extension DeploymentsCommand {
    struct Feedback: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take what a runtime saw of a bundle into the registry, where lineage and filters find it.",
            discussion: """
                EXAMPLES
                  hftml deployments feedback paper Pipelines/demo/out/replay/summary.json
                  hftml deployments feedback paper Registry/environments/paper/health.json --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "summary.json of a replay, or health.json.", completion: .file()) var file: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let outcome = try TakeFeedback.run(file, environment: environment, session: session)
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "run": .string(outcome.run), "version": .string(outcome.reference),
                        "measures": .int(outcome.measures),
                    ]).text(.pretty))
            }
            emit(
                "\(outcome.measures) measures of \(outcome.reference) in \(environment) kept as run \(outcome.run.prefix(8))"
            )
        }
    }
}
