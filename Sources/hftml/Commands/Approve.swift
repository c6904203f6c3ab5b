import ArgumentParser
import Basics
import Foundation
import Registry
import Workflows

/// What approval, rejection and waiver have in common: show, ask, sign.
struct SigningOptions: ParsableArguments {
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(help: "The policy that the statement is about.", completion: .file()) var policy: String
    @Option(name: .customLong("as"), help: "Your name, as your key has it.") var signer: String
    @Option(help: "Your private key: a name of hftml keys, or a file.") var key: String?
    @Option(help: "Why; it is signed with the rest.") var reason = ""

    func sign(
        _ kind: StatementRecord.Kind, rule: String? = nil, expires: String? = nil, _ context: CommandContext
    ) throws {
        let session = try context.session(), common = context.common
        let draft = try SignStatement.draft(
            kind, reference, policy: policy, signer: signer, reason: reason, rule: rule, expires: expires,
            session: session)
        let terminal = common.terminal
        terminal.say("\(kind.rawValue) of \(draft.version.reference), to be signed by \(signer):")
        terminal.say((try? JSONParser.parse(draft.payload).text(.pretty)) ?? draft.payload)
        if let decision = draft.latestDecision {
            terminal.say(
                "the gate '\(decision.policy)' \(decision.isPassed ? "passed" : "refused") it at \(TimeText.utc(decision.decidedAt))"
            )
        } else {
            terminal.say("no gate has judged these weights yet")
        }
        guard try common.confirms("Sign?") else {
            throw Failure("sign.declined", "nothing was signed", hint: "answer y, or say --yes")
        }
        let record = try SignStatement.sign(
            draft, keyPath: ManageKeys.privateKey(key ?? signer, session: session), session: session)
        if common.json {
            return emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "kind": .string(kind.rawValue),
                    "version": .string(draft.version.reference), "weights": .string(draft.version.weights),
                    "signer": .string(record.signer), "keyID": .string(record.keyID),
                    "statement": .string(record.digest),
                ]).text(.pretty))
        }
        emit(
            "\(kind.rawValue) of \(draft.version.reference) signed by \(record.signer) (\(record.keyID)): \(record.digest.prefix(12))"
        )
    }
}

struct ApproveCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Sign that a version may be promoted under a policy: exactly these weights, exactly this text.",
        discussion: """
            EXAMPLES
              hftml approve bars-cnn/3 --policy live --as alice
              hftml approve bars-cnn/3 --policy live --as bob --key bob.key.json --reason "checked the drift" --yes
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var signing: SigningOptions
    mutating func perform(_ context: CommandContext) throws { try signing.sign(.approval, context) }
}

struct RejectCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Sign that a version must not be promoted; an approval of yours no longer counts.",
        discussion: """
            EXAMPLES
              hftml reject bars-cnn/3 --policy live --as alice --reason "the test span has a corporate action"
              hftml reject bars-cnn/3 --policy live --as bob --key bob.key.json --reason "no validator" --yes
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var signing: SigningOptions
    mutating func perform(_ context: CommandContext) throws { try signing.sign(.rejection, context) }
}

struct WaiveCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "waive",
        abstract: "Sign that one rule need not hold for a version until a day; shown on every later report.",
        discussion: """
            EXAMPLES
              hftml waive bars-cnn/3 --policy live --rule track-record --expires 2027-01-31 --as rita --reason "paper only"
              hftml waive bars-cnn/3 --policy live --rule drift --expires 2027-01-31 --as rita --reason "known split" --yes
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var signing: SigningOptions
    @Option(help: "The rule that need not hold.") var rule: String
    @Option(help: ArgumentHelp("When it ends.", valueName: "2027-01-31")) var expires: String
    mutating func perform(_ context: CommandContext) throws {
        try signing.sign(.waiver, rule: rule, expires: expires, context)
    }
}

struct ReproduceCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce",
        abstract:
            "Make a version again from code, data, recipe and seed of its run, and compare digests; exit 2 when they differ.",
        discussion: """
            EXAMPLES
              hftml reproduce bars-cnn/3
              hftml reproduce bars-cnn@champion --features f.safetensors --json
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "A version, or the file that register wrote.") var reference: String
    @Option(
        help: "The features the version was trained on, in place of making them again from the run's commit.",
        completion: .file()) var features: String?

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let outcome = try ReproduceVersion.run(reference, features: features, session: session)
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "version": .string(outcome.version.reference),
                    "equal": .bool(outcome.isEqual), "recorded": .string(outcome.version.weights),
                    "found": .string(outcome.weights), "differences": .strings(outcome.differences),
                ]).text(.pretty))
        } else if outcome.isEqual {
            emit("\(outcome.version.reference) trained again to the same weights \(outcome.weights.prefix(16))")
        } else {
            let since =
                outcome.differences.isEmpty ? "" : "; since then: \(outcome.differences.joined(separator: ", "))"
            emit(
                "\(outcome.version.reference) trained again to \(outcome.weights.prefix(16)), recorded \(outcome.version.weights.prefix(16))\(since)"
            )
        }
        if !outcome.isEqual { throw refuse() }
    }
}
