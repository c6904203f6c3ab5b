package import Registry

/// An environment, or all, in; what its runtimes said about bundles, newest first, out.
package enum ListDeployments {
    /// Receipts that lie in the project's environments are taken in first.
    ///
    /// - Throws: ``Failure`` with code `receipt.format` for a file there that is none, `promote.no-environment` for a
    ///   name that is neither here nor on record.
    package static func run(environment typed: String?, session: Session) throws -> [DeploymentRecord] {
        let registry = try session.registry()
        try CollectReceipts.all(session: session)
        for name in try session.environmentNames() {
            if let first = try CollectReceipts.problems(session.environmentPath(name)).first { throw first }
        }
        guard let name = typed.map(session.environmentName) else { return try registry.deployments() }
        let found = try registry.deployments(environment: name)
        if found.isEmpty, try !session.environmentNames().contains(name) {
            throw try session.unknownEnvironment(name)
        }
        return found
    }
}
