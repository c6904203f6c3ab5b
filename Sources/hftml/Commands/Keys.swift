import ArgumentParser
import Basics
import Documents
import Registry
import ModelBundles
import Trading
import NeuralNetworks
import Workflows

struct KeysCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Signing keys, and which environment trusts them.",
        subcommands: [Generate.self, List.self, Trust.self, Revoke.self])

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Generate: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an Ed25519 key pair.",
            discussion: """
                EXAMPLES
                  hftml keys generate alice
                  hftml keys generate paper-signer --if-missing --trust paper
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Whose key it is.") var name: String
        @Flag(help: "Use a key of this name that exists.") var ifMissing = false
        @Option(help: "Also trust it in this environment.") var trust: String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let key = try ManageKeys.generate(name, keepsExisting: ifMissing, session: session)
            if let trust { _ = try ManageKeys.trust(name, environment: trust, session: session) }
            if common.json { return emit(key.json.text(.pretty)) }
            emit("\(key.name)  \(key.id)" + (trust.map { "  trusted in \($0)" } ?? ""))
        }
    }

    struct List: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keys of this project and of its environments.",
            discussion: """
                EXAMPLES
                  hftml keys list
                  hftml keys list --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            var rows: [(place: String, key: PublicKey)] = try TrustedKeys(directory: "\(session.root)/Registry/keys")
                .keys.map { ("own", $0) }
            let registry = try session.registry()
            rows += try ManageKeys.people(session, registry: registry).keys.map { key in
                let end = key.expiresAt.map { " until \(TimeText.utc($0))" } ?? ""
                return (key.objection(at: registry.now()) ?? "signs as \(key.roles.joined(separator: ", "))\(end)", key)
            }
            let environments = "\(session.root)/Registry/environments"
            if Paths.isDirectory(environments) {
                for name in try Paths.entries(environments) where Paths.isDirectory("\(environments)/\(name)/trusted") {
                    rows += try TrustedKeys(directory: "\(environments)/\(name)/trusted").keys.map {
                        ("trusted in \(name)", $0)
                    }
                }
            }
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "keys": .list(
                            rows.map {
                                .map([
                                    "place": .string($0.place), "name": .string($0.key.name),
                                    "keyID": .string($0.key.id),
                                ])
                            }),
                    ]).text(.pretty))
            }
            var table = TextTable(["key", "id", "where"])
            for row in rows { table.add([row.key.name, row.key.id, row.place]) }
            emit(table.text)
        }
    }

    struct Trust: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a person sign in a role, or an environment accept bundles signed by a key.",
            discussion: """
                EXAMPLES
                  hftml keys trust alice --role validator --expires 2027-12-31
                  hftml keys trust paper-signer --to paper
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A key of this project, or a public key file.") var key: String
        @Option(name: .customLong("to"), help: "The environment that accepts its bundles.") var environment: String?
        @Option(help: "A role in which its owner may sign; may be given several times.") var role: [String] = []
        @Option(help: ArgumentHelp("The day from which signatures no longer count.", valueName: "2027-12-31"))
        var expires: String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            guard (environment == nil) != role.isEmpty else {
                throw Failure(
                    "usage.trust", "expected either --to ENVIRONMENT or --role ROLE",
                    hint: "a person signs in a role, a machine signs bundles for an environment", exitStatus: .usage)
            }
            if let environment {
                let key = try ManageKeys.trust(key, environment: environment, session: session)
                return emit(common.json ? key.json.text(.pretty) : "\(key.name)  \(key.id)  trusted in \(environment)")
            }
            let end = try expires.map { text -> Nanoseconds in
                guard let time = TimeText.parseUTC(text) else {
                    throw Failure(
                        "usage.expires", "found '\(text)', expected a day such as 2027-12-31", exitStatus: .usage)
                }
                return time
            }
            let key = try ManageKeys.trust(key, roles: role, expiresAt: end, session: session)
            emit(
                common.json
                    ? key.json.text(.pretty)
                    : "\(key.name)  \(key.id)  may sign as \(role.joined(separator: ", "))"
                        + (end.map { " until \(TimeText.utc($0))" } ?? ""))
        }
    }

    struct Revoke: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take trust in a key back; a person's key never comes back, and none of its signatures count.",
            discussion: """
                EXAMPLES
                  hftml keys revoke alice --reason "left the firm"
                  hftml keys revoke paper-signer --from paper
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The key's name.") var key: String
        @Option(name: .customLong("from"), help: "Only its trust in this environment.") var environment: String?
        @Option(help: "Why; kept in the audit log.") var reason = ""

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            if let environment {
                try ManageKeys.revoke(key, environment: environment, session: session)
            } else {
                _ = try ManageKeys.revoke(key, reason: reason, session: session)
            }
            if common.json {
                return emit(JSONValue.map(["schemaVersion": .int(1), "revoked": .string(key)]).text(.pretty))
            }
            emit(
                environment.map { "\(key) is no longer trusted in \($0)" }
                    ?? "\(key) is revoked: none of its signatures count")
        }
    }
}

struct BundleCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle", abstract: "Look into signed bundles.", subcommands: [Verify.self])

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    struct Verify: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Verify signature, digests and golden pair, as the runtime does; exit 2 when it would be refused.",
            discussion: """
                EXAMPLES
                  hftml bundle verify Registry/environments/paper/installed/current.hftbundle --trusted Registry/keys
                  hftml bundle verify model.hftbundle --trusted Registry/environments/paper/trusted --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The bundle.", completion: .file()) var file: String
        @Option(help: "Directory of public keys.", completion: .directory) var trusted: String

        mutating func perform(_ context: CommandContext) throws {
            do {
                let bundle = try ModelBundle.verify(
                    try FileChunks.bytes(file), trusted: try TrustedKeys(directory: trusted))
                let node = JSONValue.map([
                    "schemaVersion": .int(1), "valid": .bool(true), "name": .string(bundle.identity.name),
                    "version": .int(bundle.identity.version),
                    "signer": .string(bundle.signer.name), "keyID": .string(bundle.signer.keyID),
                    "createdAt": .string(TimeText.utc(bundle.identity.createdAt)),
                    "lineage": .string(bundle.identity.lineage), "gateDecision": .string(bundle.identity.gateDecision),
                    "digest": .string(bundle.digest),
                    "parameters": .int(bundle.model.network.parameterCount), "rule": bundle.rule.json,
                    "limits": bundle.limits.json,
                ])
                emit(
                    common.json
                        ? node.text(.pretty)
                        : "valid: \(bundle.identity.name)/\(bundle.identity.version), signed by \(bundle.signer.name) (\(bundle.signer.keyID))"
                )
            } catch let refusal as ModelBundle.Refusal {
                if common.json {
                    emit(
                        JSONValue.map([
                            "schemaVersion": .int(1), "valid": .bool(false), "reason": .string(refusal.detail),
                            "code": .string(refusal.code),
                        ]).text(.pretty))
                }
                common.terminal.say("refused: \(refusal.detail)")
                throw refuse()
            }
        }
    }
}
