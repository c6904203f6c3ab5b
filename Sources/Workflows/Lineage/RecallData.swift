import Basics
import DataVersioning
import Registry

/// Files, directories or digests in; what read them, of every content that they ever had, out.
package enum RecallData {
    /// - Parameter references: paths of data under version control or on record, files and directories inside such
    ///   data, whether they stand in the workspace or not; `PATH@REVISION`; content digests.
    /// - Complexity: linear in the listings of all raw data on record and of all versions of what was asked for; parts
    ///   of listings that several versions share are read once.
    /// - Throws: ``Failure`` with code `lineage.unknown` for what nothing knows.
    package static func run(_ references: [String], session: Session) throws -> Recall {
        try CollectReceipts.all(session: session)
        let history = try RecallHistory(session: session)
        var subjects: [RecallSubject] = []
        for reference in references { subjects += try resolve(reference, history) }
        var search = try RecallSearch(subjects, history)
        return try search.run()
    }

    /// Whether a reference means a version or a run rather than data.
    static func isRecord(_ reference: String, session: Session) throws -> Bool {
        if Paths.exists(session.path(reference)), !reference.hasSuffix("version.json") { return false }
        if try NamedRun.version(reference, session: session) != nil { return true }
        return try NamedRun.run(reference, registry: session.registry()) != nil
    }

    private static func resolve(_ reference: String, _ history: RecallHistory) throws -> [RecallSubject] {
        let session = history.session, path = session.shown(session.path(reference))
        if try isRecord(reference, session: session) {
            throw Failure(
                "usage.lineage", "found '\(reference)', a version or run, beside data",
                hint: "ask for it alone: hftml lineage '\(reference)' --downstream", exitStatus: .usage)
        }
        if !Paths.exists(session.path(reference)) {
            if let content = RecallSubject.digest(reference) { return [try history.subject(reference, content)] }
            if let at = reference.lastIndex(of: "@"), at != reference.startIndex,
                try !history.hasContent(reference, path)
            {
                if reference.contains("@as-of:") {
                    throw Failure(
                        "usage.lineage", "found '\(reference)', expected a path, or a path at a Git revision",
                        hint: "leave the day out: every content is listed with its day", exitStatus: .usage)
                }
                return [
                    try history.subject(
                        reference, path: session.shown(session.path(String(reference[..<at]))),
                        revision: String(reference[reference.index(after: at)...]))
                ]
            }
        }
        let data = try history.data().versions.map(\.data)
        // A pointer stands for its data, and a directory that holds tracked data for that data.
        let behind = data.filter { $0.holder.isExactly(path) && path.hasSuffix(".dvc") }.map(\.path)
        let below = try isKnown(path, history) ? [] : data.filter { $0.path.isBelow(path) }.map(\.path)
        let meant = Set((behind + below).map { ExactText($0) }).map(\.text).sorted { $0.precedesExactly($1) }
        if meant.isEmpty { return [try history.subject(reference, path: path)] }
        return try meant.map { try history.subject($0, path: $0) }
    }

    /// Whether a path is, or lies in, data under version control or on record.
    private static func isKnown(_ path: String, _ history: RecallHistory) throws -> Bool {
        let isTracked = try history.data().versions.contains { path.isAtOrBelow($0.data.path) }
        return isTracked || history.read.contains { path.isAtOrBelow($0.attributes[.path] ?? path + "/") }
    }
}
