import ArgumentParser
import Basics
import Workflows

extension ModelsCommand {
    struct Card: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "The model card and other documents about a version, from the record.",
            discussion: """
                EXAMPLES
                  hftml models card bars-cnn@champion
                  hftml models card bars-cnn/3 --format cyclonedx -o bom.cdx.json

                What no record knows (owner, validator, intended use and so on) is in Registry/cards/NAME.yaml. Promotion writes all documents, the attestations signed, into
                Registry/promotions.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION, NAME@ALIAS, or the file that register wrote.") var reference: String
        @Option(help: "markdown, json, cyclonedx, slsa or test-result.") var format: DescribeVersion.Document?
        @Option(name: .shortAndLong, help: "Where the document goes; stdout by default.", completion: .file())
        var output: String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let text = try DescribeVersion.text(
                format ?? (common.json ? .json : .markdown),
                try DescribeVersion.facts(reference, session: session))
            guard let output else { return emit(text, terminator: "") }
            try AtomicFile.write(text, to: output)
            if !common.json { emit(output) }
        }
    }

    struct Export: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a version with weights, lineage, evidence and approvals into one signed archive.",
            discussion: """
                EXAMPLES
                  hftml models export bars-cnn/3 bars-cnn-3.tar --key release
                  hftml models export bars-cnn@champion /backup/champion.tar --key release --json
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION or NAME@ALIAS.") var reference: String
        @Argument(help: "The archive; must not exist.", completion: .file()) var file: String
        @Option(help: "The private key that vouches for it: a name of hftml keys, or a file.") var key: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let summary = try CarryVersion.export(
                reference, to: file, keyPath: ManageKeys.privateKey(key, session: session), session: session)
            if common.json { return emit(ModelsCommand.json(summary).text(.pretty)) }
            emit(
                "\(file): \(summary.reference) with \(summary.objects) objects (\(summary.bytes) bytes), signed by \(summary.signer)"
            )
        }
    }

    struct Import: LegacyCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Take in a version from another registry, after verifying the archive; exit 2 when it is refused.",
            discussion: """
                EXAMPLES
                  hftml models import bars-cnn-3.tar
                  hftml models import bars-cnn-3.tar --json

                The key that signed the archive must be trusted here: hftml keys trust KEY.pub.json --role release. Approvals keep counting where their signers are trusted.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The archive.", completion: .file()) var file: String

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let summary = try CarryVersion.import(file, session: session)
            if common.json { return emit(ModelsCommand.json(summary).text(.pretty)) }
            for line in summary.uncounted { common.terminal.say("does not count here: \(line)") }
            emit(
                summary.isNew
                    ? "\(summary.reference) with \(summary.objects) objects, vouched for by \(summary.signer)"
                    : "\(summary.reference) is here already, with the same weights")
        }
    }

    private static func json(_ s: CarryVersion.Summary) -> JSONValue {
        .map([
            "schemaVersion": .int(1), "version": .string(s.reference), "signer": .string(s.signer),
            "objects": .int(s.objects), "bytes": .int(s.bytes), "new": .bool(s.isNew),
            "uncounted": .strings(s.uncounted),
        ])
    }

    struct GitTag: LegacyCommand {
        static let configuration = CommandConfiguration(
            commandName: "git-tag",
            abstract: "Mark a version, or its stage, as a Git tag in GTO's form, at the commit it was trained from.",
            discussion: """
                EXAMPLES
                  hftml models git-tag bars-cnn/3 --release v1.2.0
                  hftml models git-tag bars-cnn/3 --stage production

                Makes NAME@v1.2.0 and NAME#production#1 (then #2, …), which gto and other tools for Git read. Push them with: git push --tags
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "NAME/VERSION, NAME@ALIAS, or the file that register wrote.") var reference: String
        @Option(help: ArgumentHelp("A semantic version; v3.0.0 for version 3 by default.", valueName: "v1.2.0"))
        var release: String?
        @Option(help: "A stage to put the version in.") var stage: String?

        mutating func perform(_ context: CommandContext) throws {
            let session = try context.session()
            let made = try TagVersion.run(reference, release: release, stage: stage, session: session)
            if common.json {
                return emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "tags": .strings(made.tags), "commit": .string(made.commit),
                    ]).text(.pretty))
            }
            for tag in made.tags { emit("\(tag) at \(made.commit.prefix(12))") }
            if made.tags.isEmpty { emit("nothing to do, the tags are there") }
        }
    }
}

extension DescribeVersion.Document: ExpressibleByArgument {}
