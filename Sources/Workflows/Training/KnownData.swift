import Basics
import DataVersioning
package import Registry

/// A moment and a feature table in; whether corrections that were made after the moment are in it, out.
///
/// Samples that end later are left out by the split; a file of an earlier day that was corrected later would still
/// carry into the table what nobody knew then.
package enum KnownData {
    /// - Parameters:
    ///   - asOf: a day, whose end is meant, or a time, UTC.
    ///   - features: the table's node of lineage, which names what it was made of.
    /// - Returns: sentences about raw data of which nobody can tell.
    /// - Throws: ``Failure`` with code `train.as-of` where the raw data holds a later correction.
    package static func check(
        _ asOf: String, features: LineageNode, registry: RegistryDatabase, session: Session
    ) throws -> [String] {
        guard let moment = TimeText.parseKnownBy(asOf) else { return [] }
        let sources = try registry.lineage(of: features.id).nodes.filter { $0.kind == .rawData }
        guard !sources.isEmpty else {
            return ["cannot tell what was corrected after \(asOf): nothing is on record of what the table was made of"]
        }
        return try sources.compactMap { source in
            let path = source.attributes[.path] ?? source.label
            let problem = try corrected(source, at: path, moment, asOf, session)
            return problem.map { "cannot tell whether '\(path)' was corrected after \(asOf): \($0)" }
        }
    }

    /// Nil where nothing was corrected later; else why nobody can tell. What `get` wrote is held against the data that
    /// it was taken from.
    private static func corrected(
        _ source: LineageNode, at path: String, _ moment: Nanoseconds, _ asOf: String, _ session: Session
    ) throws -> String? {
        let workspace = session.workspace, md5 = String(source.id.drop { $0 != ":" }.dropFirst())
        let place = path.hasPrefix("/") ? path : "\(workspace.root)/\(path)"
        let origin = try ExtractedSource(beside: place)
        let path = origin?.md5 == md5 ? origin?.meant ?? path : path
        let tracked: TrackedData?
        do { tracked = try workspace.trackedData(["\(workspace.root)/\(path)"]).first } catch let error as Failure
            where error.code == "data.unknown-target"
        { tracked = nil }
        guard source.id.hasPrefix("md5:"), let item = tracked, item.stage == nil else {
            return "it is not under version control"
        }
        let history = try PartitionHistory(of: item, in: workspace)
        let refusal = Refusal(path: path, asOf: asOf, moment: moment, history: history)
        let recorded = history.versions.last { $0.time < Int(moment / 1_000_000_000) }
        if recorded?.md5 == md5 { return nil }
        guard let partitions = try PartitionedData(item.entry) else {
            return "what the table was made of was recorded later, and its files have no days in their names"
        }
        if let part = item.part {
            let known = try history.known(at: moment, partitions, part: part)
            return try corrected(part, md5, from: known, refusal)
        }
        guard workspace.store.contains(md5) else { return "its listing is not in the cache" }
        let used = try workspace.store.tree(md5, for: path), known = try history.known(at: moment, partitions).tree
        let later = used.changed(from: known)
        guard let first = later.first else { return history.doubt }
        let own = used.positions(of: first).first.map { used.digests[$0].hex } ?? ""
        throw try refusal.failure(
            "\(later.count) \(later.count == 1 ? "file" : "files") of '\(path)'", first, own, example: first)
    }

    /// A table of another version than what was known.
    private struct Refusal {
        let path: String
        let asOf: String
        let moment: Nanoseconds
        let history: PartitionHistory

        /// Says which of the two is later: a correction of that very day is known at its end.
        func failure(_ what: String, _ name: String, _ md5: String, example: String?) throws -> Failure {
            let isOlder = try history.had(name, md5, by: moment)
            return Failure(
                "train.as-of",
                "found \(what) in the table "
                    + (isOlder ? "as before a correction that was known by the end of " : "corrected after ") + asOf
                    + (example.map { ", such as '\($0)'; " } ?? ", ") + "expected what was known then",
                hint: "make the table from that: hftml get '\(path)@as-of:\(asOf)' -o known && "
                    + "hftml features SPEC known -o TABLE")
        }
    }

    /// The same of a part of some data: a file of which another version was known is refused.
    private static func corrected(
        _ part: String, _ md5: String, from known: DataAsKnown, _ refusal: Refusal
    ) throws -> String? {
        if md5.hasSuffix(".dir"), try known.tree.digest(ofPart: part) == md5 { return known.doubt }
        guard !md5.hasSuffix(".dir") else { return "no listing tells what is in a part of a directory" }
        guard known.tree.count > 0 else { return "it was not recorded by then" }
        let used = DirectoryTree([DirectoryTree.File(path: part, md5: md5)])
        guard !used.changed(from: known.tree).isEmpty else { return known.doubt }
        throw try refusal.failure("'\(refusal.path)'", part, md5, example: nil)
    }
}
