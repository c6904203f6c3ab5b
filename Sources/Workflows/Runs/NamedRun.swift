import Basics
import Registry

/// What a typed name stands for in the registry, where it stands for anything.
///
/// Only "there is none of that name" lets a caller try something else. A registry that cannot be read is an error:
/// taken for an unknown name, it would send somebody to look for a typing mistake.
enum NamedRun {
    private static let unknown: Set<String> = ["registry.no-version", "registry.no-model", "registry.no-run"]

    /// Nil where no version is called so.
    static func version(_ reference: String, session: Session) throws -> VersionRecord? {
        try known { try RegisterModel.version(reference, session: session) }
    }

    /// Nil where no run is called so.
    static func run(_ reference: String, registry: RegistryDatabase) throws -> RunRecord? {
        try known { try registry.run(reference) }
    }

    /// The newest run that was begun to write to a directory, of the last thousand.
    static func writing(to directory: String, registry: RegistryDatabase, session: Session) throws -> RunRecord? {
        let shown = session.shown(directory)
        return try registry.runs(limit: 1000).first {
            try registry.start(of: $0.id)?.start[key: "output"]?.stringValue == shown
        }
    }

    private static func known<Found>(_ look: () throws -> Found) throws -> Found? {
        do { return try look() } catch let failure as Failure where unknown.contains(failure.code) { return nil }
    }
}
