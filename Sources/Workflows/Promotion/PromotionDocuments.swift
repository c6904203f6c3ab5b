import Basics
import Registry

/// The documents that were written for a promotion, what became of it beside them, and whether all that is still what
/// the log has a digest of: whoever finds them must not take those of a refused one for those of a version in force,
/// nor what was written into them afterwards for what was promoted.
enum PromotionDocuments {
    private static let place = "Registry/promotions", statusFile = "status.json"
    /// A document is some kilobytes, one with many rules some more.
    private static let mostBytes = 1 << 25

    private static func name(_ promotion: PromotionRecord) -> String {
        [
            Paths.name(promotion.environment), promotion.model, String(promotion.version),
            String(promotion.bundle.prefix(12)),
        ].joined(separator: "-")
    }

    static func directory(_ promotion: PromotionRecord, session: Session) -> String {
        "\(session.root)/\(place)/\(name(promotion))"
    }

    // MARK: What became of it

    /// The text of `status.json`.
    ///
    /// - Parameter state: `installed`, `refused`, `withdrawn`.
    static func status(_ promotion: PromotionRecord, _ state: String, _ reason: String, session: Session) -> String {
        let node = JSONValue.map([
            "schemaVersion": .int(1), "version": .string(promotion.reference),
            "environment": .string(promotion.environment), "bundle": .string(promotion.bundle),
            "counter": promotion.counter.map { .int($0) } ?? .null, "state": .string(state),
            "reason": .string(reason), "at": .string(TimeText.utc(session.clock.now())),
        ])
        return node.text(.pretty) + "\n"
    }

    /// Writes `status.json`. The record is what counts; where the file cannot be written, the record says it alone.
    static func mark(_ promotion: PromotionRecord, _ status: String, session: Session) {
        let directory = directory(promotion, session: session)
        guard Paths.isDirectory(directory) else { return }
        try? AtomicFile.write(status, to: "\(directory)/\(statusFile)")
    }

    // MARK: Against the log

    /// What lies on the disk, held against the log.
    struct Comparison {
        /// Files that were altered, a sentence each.
        var problems: [String] = []
        /// What is not here, what nobody can tell, and what nobody wrote for a promotion, a sentence each.
        var notes: [String] = []
    }

    /// Compares every document of every promotion with its digest in the log.
    static func compare(session: Session) throws -> Comparison {
        let registry = try session.registry()
        var result = Comparison(), names: Set<String> = []
        var away: [String] = [], old: [String] = [], unmarked: [String] = []
        for (bundle, digests) in try digests(registry) {
            // A row that is gone is told of the table.
            guard let promotion = try registry.promotion(of: bundle) else { continue }
            let name = name(promotion), known = Set(digests.keys)
            names.insert(name)
            guard Paths.isDirectory(directory(promotion, session: session)) else {
                if !known.subtracting([statusFile]).isEmpty { away.append(name) }
                continue
            }
            if known.subtracting([statusFile]).isEmpty {
                old.append(name)
            } else if promotion.state != .begun, !known.contains(statusFile) {
                unmarked.append(name)
            }
            try compare(name, promotion.reference, with: digests, session: session, into: &result)
        }
        func note(_ found: [String], _ what: String) {
            guard !found.isEmpty else { return }
            let shown = found.prefix(3).joined(separator: ", ") + (found.count > 3 ? " and others" : "")
            result.notes.append("\(what) (\(found.count)): \(shown)")
        }
        note(away, "documents of promotions that are not in \(place), so that nothing could be compared with the log")
        note(old, "promotions of before the log had digests of their documents: whether they were altered is unchecked")
        note(unmarked, "promotions of before the log had a digest of status.json: whether it was altered is unchecked")
        note(
            try present(session).filter { !names.contains($0) },
            "directories in \(place) of no promotion on record: what lies there nobody promoted")
        return result
    }

    private static func present(_ session: Session) throws -> [String] {
        let root = "\(session.root)/\(place)"
        guard Paths.isDirectory(root) else { return [] }
        return try Paths.entries(root, isLenient: true).filter { !$0.hasPrefix(".") }.sorted()
    }

    private static func compare(
        _ name: String, _ reference: String, with digests: [String: String], session: Session,
        into result: inout Comparison
    ) throws {
        let directory = "\(session.root)/\(place)/\(name)"
        let files = try Paths.entries(directory, isLenient: true).filter { !$0.hasPrefix(".") }
        for (file, expected) in digests.sorted(by: { $0.key < $1.key }) {
            let path = "\(place)/\(name)/\(file)"
            guard files.contains(file) else {
                result.notes.append(
                    "found no \(path), which was written for the promotion of \(reference): "
                        + back(path, expected, session))
                continue
            }
            let found = (try? SmallFile.bytes("\(directory)/\(file)", most: mostBytes)).map { Digest.sha256($0) }
            guard found != expected else { continue }
            result.problems.append(
                "found \(path) altered since \(reference) was promoted: "
                    + (found.map { "SHA-256 \($0.prefix(12))" } ?? "no file that can be read")
                    + ", expected \(expected.prefix(12)) by the log; \(back(path, expected, session))")
        }
        // Documents of before have no digest of what became of them, or none at all.
        let known = digests.keys.contains { $0 != statusFile }
        for file in files where known && digests[file] == nil && file != statusFile {
            result.notes.append("found \(place)/\(name)/\(file), which was not written for a promotion: move it away")
        }
    }

    /// How a document comes back.
    private static func back(_ path: String, _ expected: String, _ session: Session) -> String {
        let committed = (try? TrackedFiles(session).committed(path)).flatMap { $0 }
        guard let committed else { return "no commit has it: bring it back from a backup (hftml backup fetch --help)" }
        return Digest.sha256(committed) == expected
            ? "bring it back: git checkout -- '\(path)'"
            : "the newest commit has it altered as well; find the one that does not: git log -- '\(path)'"
    }

    /// By bundle, in the order of the log: the SHA-256 of each document that the log has one of.
    private static func digests(_ registry: RegistryDatabase) throws -> [(bundle: String, digests: [String: String])] {
        var order: [String] = [], known: [String: [String: String]] = [:]
        let entries =
            try registry.auditEntries(actionPrefix: "promot") + registry.auditEntries(actionPrefix: "alias.set")
        for entry in entries {
            guard let detail = try? JSONParser.parse(entry.detail) else { continue }
            let about = entry.action == "alias.set" ? detail[key: "evidence"] ?? .null : detail
            guard let bundle = about[key: "bundle"]?.stringValue else { continue }
            if entry.action == "promote" {
                order.append(bundle)
                known[bundle] = [:]
            }
            if let status = about[key: "status"]?.stringValue { known[bundle]?[statusFile] = status }
            for document in about[key: "documents"]?.mapValue ?? [] {
                known[bundle]?[document.key] = document.value.stringValue ?? ""
            }
        }
        return order.map { ($0, known[$0] ?? [:]) }
    }
}
