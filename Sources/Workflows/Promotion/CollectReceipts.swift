import Basics
import Registry

/// What runtimes wrote about bundles in; the same in the registry, each once, out.
package enum CollectReceipts {
    /// Reads all receipts of an environment into the registry; each counts once. A file that is no receipt, or cannot
    /// be read, does not hold up the others.
    @discardableResult
    static func run(_ directory: String, registry: RegistryDatabase) throws -> [DeploymentRecord] {
        var known: Set<String> = []
        return try new(directory, &known, registry: registry)
    }

    /// The receipts that were not there before.
    ///
    /// - Parameter known: names of files that were looked at; those of readable receipts are added.
    private static func new(_ directory: String, _ known: inout Set<String>, registry: RegistryDatabase) throws
        -> [DeploymentRecord]
    {
        let receipts = Paths.join(directory, "receipts")
        guard Paths.isDirectory(receipts) else { return [] }
        return try Paths.files(below: receipts).filter { $0.hasSuffix(".json") && !known.contains($0) }.compactMap {
            guard let record = try? receipt(Paths.join(receipts, $0)) else { return nil }
            try registry.record(record)
            known.insert($0)
            return record
        }
    }

    /// What lies among the receipts of an environment and is none.
    static func problems(_ directory: String) throws -> [Failure] {
        let receipts = Paths.join(directory, "receipts")
        guard Paths.isDirectory(receipts) else { return [] }
        return try Paths.files(below: receipts).filter { $0.hasSuffix(".json") }.compactMap {
            do {
                _ = try receipt(Paths.join(receipts, $0))
                return nil
            } catch let error as Failure {
                return error
            } catch let error as any UserFacingError {
                // Such as one that is no JSON: the next one is looked at all the same.
                return Failure(error.code, error.message, hint: error.hint)
            }
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
        var known: Set<String> = []
        while true {
            if let receipt = try new(directory, &known, registry: registry).first(where: { $0.bundle == bundle }) {
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
