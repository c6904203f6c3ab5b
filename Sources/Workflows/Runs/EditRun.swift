package import Registry

/// A run in; what people say of it, changed, out. Every change is an entry of the audit log.
package enum EditRun {
    /// Sets tags, then removes others.
    ///
    /// - Parameter run: an id prefix, a name, or `latest`.
    /// - Returns: all tags, by key.
    /// - Throws: ``Failure`` with code `registry.tag`, `registry.no-tag`, or for an unknown run.
    package static func tag(_ run: String, set tags: [(String, String)], remove: [String] = [], session: Session) throws
        -> [(key: String, value: String)]
    {
        let registry = try session.registry(), subject = RegistrySubject.run(try registry.run(run).id)
        try registry.setTags(tags, of: subject)
        for key in remove { try registry.deleteTag(key, of: subject) }
        return try registry.tags(of: subject)
    }

    /// Hides a run. It stays counted as a trial.
    ///
    /// - Parameter reason: kept in the audit log.
    package static func delete(_ run: String, reason: String = "", session: Session) throws -> RunRecord {
        let registry = try session.registry(), record = try registry.run(run)
        try registry.delete(.run(record.id), reason: reason)
        return record
    }

    /// - Throws: ``Failure`` with code `registry.not-deleted` for a run that is not hidden.
    package static func restore(_ run: String, session: Session) throws -> RunRecord {
        let registry = try session.registry(), record = try registry.run(run)
        try registry.restore(.run(record.id))
        return record
    }
}
