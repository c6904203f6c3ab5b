import Basics
import Registry

/// What runtimes wrote about bundles in; the same in the registry, each once, out.
package enum CollectReceipts {
    /// Reads all receipts of an environment into the registry; each counts once.
    ///
    /// - Throws: ``Failure`` with code `receipt.format` for a file that is no receipt.
    @discardableResult
    static func run(_ directory: String, registry: RegistryDatabase) throws -> [DeploymentRecord] {
        let receipts = Paths.join(directory, "receipts")
        guard Paths.isDirectory(receipts) else { return [] }
        return try Paths.files(below: receipts).filter { $0.hasSuffix(".json") }.map { name in
            let record = try receipt(Paths.join(receipts, name))
            try registry.record(record)
            return record
        }
    }

    private static func receipt(_ file: String) throws -> DeploymentRecord {
        let node = try JSONParser.parse(try FileChunks.bytes(file), file: file)
        guard let bundle = node[key: "bundle"]?.stringValue, let outcome = node[key: "outcome"]?.stringValue,
            let place = node[key: "environment"]?.stringValue, let time = node[key: "timeNs"]?.intValue
        else { throw Failure("receipt.format", "found no receipt in '\(file)'") }
        return DeploymentRecord(
            environment: place, bundle: bundle, model: node[key: "name"]?.stringValue,
            version: node[key: "version"]?.intValue, outcome: outcome, reason: node[key: "reason"]?.stringValue,
            signer: node[key: "signer"]?.stringValue, replaced: node[key: "replaced"]?.stringValue, time: Int64(time))
    }

    /// Receipts of all environments of the project; promotions that they answer are ended.
    static func all(session: Session) throws {
        let registry = try session.registry()
        for name in try session.environmentNames() {
            try run("\(session.root)/Registry/environments/\(name)", registry: registry)
        }
        try SettlePromotions.run(session: session)
    }

    /// The receipt of a bundle, once it is there.
    ///
    /// - Returns: nil after so many seconds without.
    static func wait(for bundle: String, in directory: String, seconds: Double, registry: RegistryDatabase) throws
        -> DeploymentRecord?
    {
        let deadline = Deadline(seconds: seconds)
        while true {
            if let receipt = try run(directory, registry: registry).first(where: { $0.bundle == bundle }) {
                return receipt
            }
            if deadline.isPast { return nil }
            deadline.pause()
        }
    }
}

extension Session {
    /// Environments of this project, by their directories; empty where there is none.
    func environmentNames() throws -> [String] {
        let directory = "\(root)/Registry/environments"
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.entries(directory).filter { Paths.isRealDirectory("\(directory)/\($0)") }
    }

    /// The error for an environment that is neither here nor on record, with the nearest that is.
    func unknownEnvironment(_ name: String) throws -> Failure {
        .unknown(
            "environment", name, code: "promote.no-environment",
            in: Set(try environmentNames() + registry().environmentNames()).sorted(), see: "hftml deployments list")
    }
}
