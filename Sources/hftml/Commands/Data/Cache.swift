import ArgumentParser
import Basics
import Documents
import DataVersioning
import Foundation
import Workflows

struct GarbageCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract:
            "Move what nobody needs any more from the cache to a trash, and empty the trash after a grace period.",
        discussion: """
            At least one scope says what must stay. What a registered model version needs always stays.

            EXAMPLES
              hftml gc --workspace --dry-run
              hftml gc --all-commits --grace 30
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: [.long, .customShort("w")], help: "Keep what the workspace names.") var workspace = false
    @Flag(name: [.long, .customShort("a")], help: "Keep also what all branches name.") var allBranches = false
    @Flag(name: [.long, .customShort("T")], help: "Keep also what all tags name.") var allTags = false
    @Flag(name: [.long, .customShort("A")], help: "Keep also what any commit names.") var allCommits = false
    @Option(name: [.long, .customShort("n")], help: "Keep also the last so many commits of HEAD, or of --rev.") var num:
        Int?
    @Option(help: "Keep also what this revision names.") var rev: [String] = []
    @Option(help: "Keep also what commits since this day name (YYYY-MM-DD).") var date: String?
    @Option(
        name: [.long, .customShort("p")], help: "Keep also what this other workspace with the same cache names.",
        completion: .directory) var projects: [String] = []
    @Flag(name: [.long, .customShort("c")], help: "Also remove from the remote, at once and for good.") var cloud =
        false
    @Option(name: .shortAndLong, help: "The remote for --cloud.") var remote: String?
    @Option(help: "Days that objects wait in the trash.") var grace = 14
    @Flag(help: "Name what would go, with size and last use; move nothing.") var dryRun = false
    @Flag(help: "Bring everything in the trash back.") var restore = false

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        let workspace = session.workspace
        let collection = GarbageCollection(workspace)
        if restore {
            let count = try workspace.changing([], common, "hftml gc") { try collection.restore() }
            if common.json {
                emit(JSONValue.map(["schemaVersion": .int(1), "restored": .int(count)]).text(.pretty))
            } else {
                emit("\(count) objects restored")
            }
            return
        }
        guard grace >= 0, num.map({ $0 > 0 }) ?? true else {
            throw Failure(
                "usage.gc", "found a negative count, expected 0 or more days and 1 or more commits", exitStatus: .usage)
        }
        let scope = try scope()
        let protected = try CollectGarbage(session).protected()
        try workspace.changing([], common, "hftml gc") {
            let candidates = try collection.candidates(scope, protected: protected)
            let storage = cloud ? try workspace.settings.remote(remote).open() : nil
            let remoteItems =
                try storage.map { try collection.candidates(scope, protected: protected, remote: $0) } ?? []
            show(candidates, remoteItems)
            if dryRun { return }
            if !remoteItems.isEmpty, !common.yes {
                throw Failure(
                    "gc.confirm", "found \(remoteItems.count) objects that would be gone from the remote for good",
                    hint: "look at them with --dry-run, and then add --yes")
            }
            try collection.discard(candidates)
            if let storage {
                for item in remoteItems.sorted(by: { $0.key.hasSuffix(".dir") && !$1.key.hasSuffix(".dir") }) {
                    try storage.remove(item.key)
                }
            }
            let gone = try collection.emptyTrash(olderThan: grace * 86_400)
            if !common.json, gone.objects > 0 {
                emit("trash: \(gone.objects) objects (\(byteText(gone.bytes))) older than \(grace) days are gone")
            }
        }
    }

    private func scope() throws -> GarbageCollection.Scope {
        var scope = GarbageCollection.Scope()
        (scope.workspace, scope.allBranches, scope.allTags, scope.allCommits) = (
            workspace, allBranches, allTags, allCommits
        )
        (scope.lastCommits, scope.revisions, scope.projects) = (num, rev, projects)
        if let date {
            guard let day = try? Date("\(date)T00:00:00Z", strategy: .iso8601) else {
                throw Failure("usage.date", "found the date '\(date)', expected YYYY-MM-DD", exitStatus: .usage)
            }
            scope.since = Int(day.timeIntervalSince1970)
        }
        return scope
    }

    private func show(_ candidates: [GarbageCollection.Candidate], _ remote: [(key: String, size: Int, modified: Int)])
    {
        let total = candidates.reduce(0) { $0 + $1.size }
        if common.json {
            return emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "dryRun": .bool(dryRun), "objects": .int(candidates.count),
                    "bytes": .int(total),
                    "candidates": .list(
                        candidates.map {
                            .map([
                                "md5": .string($0.md5), "path": .string($0.name), "size": .int($0.size),
                                "lastUse": .string(day($0.lastUse)),
                            ])
                        }),
                    "remote": .list(remote.map { .map(["key": .string($0.key), "size": .int($0.size)]) }),
                ]).text(.pretty))
        }
        if candidates.isEmpty, remote.isEmpty { return emit("Nothing to collect.") }
        var table = TextTable(["path", "size", "last use", "object"], rightAligned: [1])
        for item in candidates {
            table.add([
                item.name ?? "–", byteText(item.size), day(item.lastUse),
                String(item.md5.prefix(12)) + (item.md5.hasSuffix(".dir") ? "….dir" : "…"),
            ])
        }
        for item in remote { table.add([item.key, byteText(item.size), day(item.modified), "remote"]) }
        emit(table.text)
        emit(
            "\(candidates.count) objects, \(byteText(total))\(dryRun ? " would go to the trash" : " went to the trash; bring them back with: hftml gc --restore")"
        )
    }

    private func day(_ seconds: Int) -> String {
        String(Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).prefix(10))
    }
}

struct VerifyCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Hash every object of the cache again and name each that is damaged; exit status 2 if any is.",
        discussion: """
            EXAMPLES
              hftml verify
              hftml verify --remove && hftml pull
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Remove damaged objects, so that they can be fetched again.") var remove = false

    mutating func perform(_ context: CommandContext) throws {
        let workspace = try context.session().workspace
        let report = try withProgress(common.terminal, "verify") { progress in
            try workspace.verifyCache(isRemoving: remove, progress: progress)
        }
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1), "objects": .int(report.objects), "bytes": .int(report.bytes),
                    "problems": .list(
                        report.problems.map {
                            .map([
                                "md5": .string($0.md5), "object": .string($0.object), "problem": .string($0.problem),
                                "usedBy": .strings($0.usedBy),
                            ])
                        }),
                ]).text(.pretty))
        } else {
            for problem in report.problems {
                emit(
                    "\(problem.object): \(problem.problem)\(problem.usedBy.isEmpty ? "" : "; used by \(problem.usedBy.prefix(3).joined(separator: ", "))")"
                )
            }
            emit(
                "\(report.objects) objects, \(byteText(report.bytes)): "
                    + (report.problems.isEmpty ? "all sound" : "\(report.problems.count) problems"))
            if !report.problems.isEmpty {
                common.terminal.say(remove ? "next: hftml pull" : "next: hftml verify --remove, then hftml pull")
            }
        }
        if !report.problems.isEmpty { throw refuse() }
    }
}
