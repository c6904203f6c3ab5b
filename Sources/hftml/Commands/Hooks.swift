import ArgumentParser
import Basics
import Documents
import Foundation
import Registry
import Workflows

struct HooksCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooks", abstract: "Tell commands and web addresses of changes: at least once, in order, signed.",
        subcommands: [List.self, Add.self, Remove.self, Deliver.self, Log.self, Replay.self],
        defaultSubcommand: List.self)

    @OptionGroup var common: CommonOptions
    mutating func perform(_ context: CommandContext) throws { throw CleanExit.helpRequest(self) }

    static func json(_ s: Subscription) -> JSONValue {
        .map([
            "name": .string(s.name), "kind": .string(s.kind.rawValue), "target": .string(s.target),
            "actions": .strings(s.actions), "signed": .bool(s.secretPath != nil),
            "deliveredThrough": .int(s.deliveredThrough),
        ])
    }

    struct List: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "All hooks, and how far each has heard.",
            discussion: """
                EXAMPLES
                  hftml hooks list
                  hftml hooks list --json
                """)

        @OptionGroup var common: CommonOptions

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let all = try session.registry().subscriptions()
            if common.json {
                return emit(
                    JSONValue.map(["schemaVersion": .int(1), "hooks": .list(all.map(HooksCommand.json))]).text(.pretty))
            }
            var table = TextTable(["name", "kind", "actions", "signed", "heard up to", "target"], rightAligned: [4])
            for s in all {
                table.add([
                    s.name, s.kind.rawValue, s.actions.joined(separator: " "), s.secretPath == nil ? "no" : "yes",
                    String(s.deliveredThrough), s.target,
                ])
            }
            emit(table.text)
        }
    }

    struct Add: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a hook; it hears of what happens from now on.",
            discussion: """
                EXAMPLES
                  hftml hooks add mail --command "mail -s hftml desk@example.com" --on "alias.*" --on "deployment.*"
                  hftml hooks add ci --url https://ci.example.com/hook --secret-file Registry/keys/ci.secret --on "gate.*"

                A command gets the event as JSON on its standard input, and HFTML_EVENT, HFTML_EVENT_SUBJECT, HFTML_EVENT_ACTOR and HFTML_DELIVERY_ID. A web address gets
                it by POST, with X-Hftml-Delivery-Id, X-Hftml-Timestamp and X-Hftml-Signature: v1,base64(HMAC-SHA256(secret, "ID.TIMESTAMP.BODY")).
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "A name for it.") var name: String
        @Option(help: "A line for /bin/sh, run in the project's directory.") var command: String?
        @Option(help: "https://…, or http:// to this machine.") var url: String?
        @Option(help: "A file with the secret for signatures, readable by its owner only.", completion: .file())
        var secretFile: String?
        @Option(
            name: .customLong("on"),
            help: ArgumentHelp(
                "Actions, with at most one * each; all by default. See them in: hftml audit show", valueName: "pattern")
        ) var actions: [String] = ["*"]

        mutating func validate() throws {
            if (command == nil) == (url == nil) { throw ValidationError("give either --command or --url") }
            if command != nil, secretFile != nil { throw ValidationError("--secret-file goes with --url") }
        }

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let hook = try ManageHooks.add(
                name, command: command, url: url, secretPath: secretFile, actions: actions, session: session)
            if common.json {
                var node = HooksCommand.json(hook)
                node[key: "schemaVersion"] = .int(1)
                return emit(node.text(.pretty))
            }
            emit("\(hook.name) hears \(hook.actions.joined(separator: " ")) from entry \(hook.deliveredThrough + 1) on")
        }
    }

    struct Remove: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a hook and its delivery log.",
            discussion: """
                EXAMPLES
                  hftml hooks remove mail
                  hftml hooks remove ci --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The hook.") var name: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            try session.registry().unsubscribe(name)
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "removed": .string(name)]).text(.pretty))
            } else {
                emit("removed \(name)")
            }
        }
    }

    struct Deliver: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Deliver what is waiting; exit 1 if a hook fails. Commands that change something do this by themselves.",
            discussion: """
                EXAMPLES
                  hftml hooks deliver
                  hftml hooks deliver ci --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Only this hook.") var name: String?

        mutating func perform(_ context: CommandContext) async throws {
            let session = try context.session()
            let summary = try await DeliverEvents().run(name, session: session)
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "delivered": .int(summary.delivered),
                        "failures": .strings(summary.failures),
                    ]).text(.pretty))
            } else {
                for line in summary.failures { common.terminal.say(line) }
                emit("\(summary.delivered) delivered, \(summary.failures.count) hooks fail")
            }
            if !summary.failures.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }

    struct Log: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Attempts to deliver, newest first.",
            discussion: """
                EXAMPLES
                  hftml hooks log
                  hftml hooks log ci --limit 100 --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Only this hook.") var name: String?
        @Option(help: "How many.") var limit = 20

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let registry = try session.registry()
            if let name { _ = try registry.subscription(name) }
            let all = try registry.deliveries(of: name, limit: max(limit, 0))
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1),
                        "deliveries": .list(
                            all.map {
                                .map([
                                    "hook": .string($0.subscription), "event": .int($0.event),
                                    "succeeded": .bool($0.isSucceeded), "detail": .string($0.detail),
                                    "at": .string(TimeText.utc($0.time)),
                                ])
                            }),
                    ]).text(.pretty))
            }
            var table = TextTable(["at", "hook", "event", "outcome"], rightAligned: [2])
            for d in all {
                table.add([
                    TimeText.utc(d.time / 1_000_000_000 * 1_000_000_000), d.subscription, String(d.event),
                    (d.isSucceeded ? "" : "failed: ") + d.detail,
                ])
            }
            emit(table.text)
        }
    }

    struct Replay: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deliver again from an entry of the audit log on.",
            discussion: """
                EXAMPLES
                  hftml hooks replay ci --from 120
                  hftml hooks replay mail --from 1
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The hook.") var name: String
        @Option(help: "The first entry to deliver again; see: hftml audit show") var from: Int

        mutating func perform(_ context: CommandContext) async throws {
            let session = try context.session()
            try session.registry().rewind(name, to: from - 1)
            let summary = try await DeliverEvents().run(name, session: session)
            if common.json {
                emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "delivered": .int(summary.delivered),
                        "failures": .strings(summary.failures),
                    ]).text(.pretty))
            } else {
                emit("\(summary.delivered) delivered again" + (summary.failures.first.map { "; then \($0)" } ?? ""))
            }
            if !summary.failures.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }
}
