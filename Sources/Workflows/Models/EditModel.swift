import Basics
import Registry

/// A model or version in; what people say of it, changed, out. Every change is an entry of the audit log.
package enum EditModel {
    /// Sets tags, then removes others.
    ///
    /// - Parameters:
    ///   - reference: `NAME/VERSION`, `NAME@ALIAS`, or a bare name for the model itself.
    ///   - tags: as `key=value`.
    /// - Returns: all tags, by key.
    /// - Throws: ``Failure`` with code `usage.tag`, `registry.tag`, `registry.no-tag`, or for an unknown name.
    package static func tag(_ reference: String, set tags: [String], remove: [String] = [], session: Session) throws
        -> [(key: String, value: String)]
    {
        let tags = try tags.map(KeyValue.parse), registry = try session.registry(),
            subject = try subject(reference, registry: registry)
        try registry.setTags(tags, of: subject)
        for key in remove { try registry.deleteTag(key, of: subject) }
        return try registry.tags(of: subject)
    }

    package static func describe(_ reference: String, as text: String, session: Session) throws {
        let registry = try session.registry()
        try registry.setDescription(text, of: try subject(reference, registry: registry))
    }

    /// Hides a model or version; nothing is lost.
    ///
    /// - Throws: ``Failure`` with code `registry.in-use` for what an alias points at.
    package static func delete(_ reference: String, reason: String = "", session: Session) throws {
        let registry = try session.registry()
        try registry.delete(try subject(reference, registry: registry), reason: reason)
    }

    /// - Throws: ``Failure`` with code `registry.not-deleted` for what is not hidden.
    package static func restore(_ reference: String, session: Session) throws {
        let registry = try session.registry()
        try registry.restore(try subject(reference, registry: registry))
    }

    /// A version by number or alias, or a model by its bare name; it may be deleted.
    private static func subject(_ reference: String, registry: RegistryDatabase) throws -> RegistrySubject {
        let text = reference.hasPrefix("models:/") ? String(reference.dropFirst(8)) : reference
        switch AuditSubject(text) {
        case .alias:
            let version = try registry.version(text)
            return .version(model: version.model, number: version.version)
        case .version(let model, let number):
            try registry.requireModel(model)
            return .version(model: model, number: number)
        default:
            try registry.requireModel(text)
            return .model(text)
        }
    }
}

/// `key=value` as options and arguments have it.
package enum KeyValue {
    /// - Throws: ``Failure`` with code `usage.tag`.
    package static func parse(_ text: String) throws -> (String, String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw Failure("usage.tag", "found '\(text)', expected key=value", exitStatus: .usage)
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
