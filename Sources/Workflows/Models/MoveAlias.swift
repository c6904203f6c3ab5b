import Basics
package import Registry

/// An alias and a version in; the alias pointing there, out.
package enum MoveAlias {
    /// What people call the version that they mean; promotions move it where they are told to.
    private static let champion = "champion"

    /// - Parameters:
    ///   - expected: where the alias is believed to point, a version number or `none`; nil for anywhere. Of two people
    ///     who saw the same, one is refused.
    /// - Returns: the version, with all its aliases.
    /// - Throws: ``Failure`` with code `models.champion` for the alias that only promotion moves, `promote.alias` for
    ///   one that names what runs in an environment;
    ///   `registry.alias-moved`
    ///   or `registry.alias-order` with exit status 2.
    package static func run(
        _ alias: String, to reference: String, reason: String = "", expected: String? = nil, session: Session
    ) throws -> VersionRecord {
        let registry = try session.registry(), version = try registry.version(reference),
            state = try expected.map(state)
        guard alias != champion else {
            throw Failure(
                "models.champion", "the alias '\(alias)' moves by promotion only",
                hint: "run: hftml promote \(version.reference) --to ENVIRONMENT", exitStatus: .usage)
        }
        try OwnedAliases(session).requireFree(alias, for: version)
        try registry.setAlias(alias, of: version, reason: reason, expected: state, order: session.aliasOrder)
        return try registry.version(version.reference)
    }

    private static func state(_ text: String) throws -> AliasState {
        if text == "none" { return .unset }
        guard let number = Int(text) else {
            throw Failure(
                "usage.expect", "found '\(text)' after --expect, expected a version number or none", exitStatus: .usage)
        }
        return .version(number)
    }

    /// Takes an alias away.
    ///
    /// - Throws: ``Failure`` with code `registry.no-alias` or `registry.no-model`; `promote.alias` for one that names
    ///   what runs in an environment.
    package static func delete(_ alias: String, of model: String, session: Session) throws {
        try OwnedAliases(session).requireIdle(alias, of: model)
        try session.registry().deleteAlias(alias, model: model)
    }
}
