package import Registry

/// A model, or all, in; its versions, oldest first, out.
package enum ListVersions {
    /// - Throws: ``Failure`` with code `registry.no-model` and the nearest name for a model that nothing is called.
    package static func run(model: String? = nil, session: Session) throws -> [VersionRecord] {
        let registry = try session.registry()
        if let model { try registry.requireModel(model) }
        return try registry.versions(model: model)
    }
}
