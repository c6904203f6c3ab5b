import Basics
package import Registry

/// A version, run or data file in; where it came from or what came of it, out.
package enum TraceLineage {
    package static func run(_ reference: String, downstream: Bool, session: Session) throws
        -> LineageGraph
    {
        let registry = try session.registry()
        try CollectReceipts.all(session: session)
        return try registry.lineage(
            of: try identity(reference, registry: registry, session: session), downstream: downstream)
    }

    private static func identity(_ reference: String, registry: RegistryDatabase, session: Session) throws -> String {
        let path = session.path(reference)
        if Paths.exists(path), !reference.hasSuffix("version.json") {
            return try DataIdentity(path, session: session).digest
        }
        if let version = try? RegisterModel.version(reference, session: session) {
            return RegisterModel.node(version).id
        }
        do { return "run:\(try registry.run(reference).id)" } catch {
            throw Failure(
                "lineage.unknown", "found no model version, run or file '\(reference)'",
                hint: "see: hftml models list, hftml runs list")
        }
    }
}
