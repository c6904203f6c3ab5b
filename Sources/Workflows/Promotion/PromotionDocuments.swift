import Basics
import Registry

/// What became of a promotion, beside the documents that were written for it: whoever finds them must not take those of
/// a refused one for those of a version in force.
enum PromotionDocuments {
    static func directory(_ promotion: PromotionRecord, session: Session) -> String {
        let name = [
            Paths.name(promotion.environment), promotion.model, String(promotion.version),
            String(promotion.bundle.prefix(12)),
        ].joined(separator: "-")
        return "\(session.root)/Registry/promotions/\(name)"
    }

    /// Writes `status.json`. The record is what counts; where the file cannot be written, the record says it alone.
    ///
    /// - Parameter state: `installed`, `refused`, `withdrawn`.
    static func mark(_ promotion: PromotionRecord, _ state: String, _ reason: String, session: Session) {
        let directory = directory(promotion, session: session)
        guard Paths.isDirectory(directory) else { return }
        let node = JSONValue.map([
            "schemaVersion": .int(1), "version": .string(promotion.reference),
            "environment": .string(promotion.environment), "bundle": .string(promotion.bundle),
            "counter": promotion.counter.map { .int($0) } ?? .null, "state": .string(state),
            "reason": .string(reason), "at": .string(TimeText.utc(session.clock.now())),
        ])
        try? AtomicFile.write(node.text(.pretty) + "\n", to: "\(directory)/status.json")
    }
}
