import Basics
import Deployment
import Registry

/// What runtimes wrote about bundles in; the same in the registry, each once, out.
package enum CollectReceipts {
    /// Reads all receipts of an environment into the registry; each counts once. A file that is no receipt, is of
    /// another environment, cannot be read, or was signed by no host of the environment, does not hold up the others
    /// and comes into no record: whoever can write a file there would write the record.
    ///
    /// - Returns: those that a host of the environment signed, oldest first.
    @discardableResult
    static func run(_ files: EnvironmentFiles, session: Session) throws -> [DeploymentRecord] {
        try record(try EnvironmentReceipts(files, session: session), files, session: session)
    }

    private static func record(_ receipts: EnvironmentReceipts, _ files: EnvironmentFiles, session: Session) throws
        -> [DeploymentRecord]
    {
        let registry = try session.registry()
        // The record's environment of that name may be another project's.
        if !receipts.proven.isEmpty { try DocumentsOnRecord(registry).requireOwn(files) }
        let records = try receipts.proven.map { receipt in
            let record = DeploymentRecord(receipt, files, envelope: receipts.envelope(of: receipt))
            try registry.record(record)
            return record
        }
        try MovedAliases.follow(receipts, files, session: session)
        return records
    }

    /// The same of the environment's other hosts that lie here. What cannot be taken up holds up nothing here: it is
    /// read as it lies there, see ``OtherHosts``.
    static func others(of files: EnvironmentFiles, session: Session) throws {
        for host in try FurtherHosts(of: files, session: session).seen { _ = try? run(host, session: session) }
    }

    /// The same of a place that somebody names and that is a host's, also where the record does not know it yet: a host
    /// that was moved there. Nothing where none lies there.
    ///
    /// - Parameter name: as the record calls it.
    static func named(_ name: String, session: Session) throws {
        guard name.contains("/"), let files = try EnvironmentFiles.made(name, session: session) else { return }
        try run(files, session: session)
    }

    /// What lies among the receipts of environments and proves nothing.
    struct Rest {
        /// What is no receipt, and environments that cannot be looked at, with the reason.
        var problems: [Failure] = []
        /// Receipts that no host of their environment signed.
        var unproven: [DeploymentRecord] = []
    }

    /// Receipts of all hosts that the record knows of and this machine sees; promotions that they answer are ended.
    @discardableResult
    static func all(session: Session) throws -> Rest {
        var rest = Rest()
        let hosts = try RecordedHosts(session)
        var former: Set<String> = []
        let damaged = try hosts.each { files in
            let receipts = try EnvironmentReceipts(files, session: session)
            _ = try record(receipts, files, session: session)
            if receipts.former != nil { former.insert(files.name) }
            rest.problems += receipts.problems + [ForgottenRollback(receipts)?.problem(files)].compactMap(\.self)
            rest.problems += RejectedInForce.told(files, session: session)
            rest.unproven += receipts.unproven.map { DeploymentRecord($0, files, envelope: nil) }
        }
        rest.problems += try damaged + hosts.unseen(besides: former)
        try SettlePromotions.run(session: session)
        return rest
    }

    /// The receipt of a bundle that a host of the environment signed, once it is there.
    ///
    /// - Returns: nil after so many seconds without.
    static func wait(for bundle: String, _ files: EnvironmentFiles, seconds: Double, session: Session) throws
        -> DeploymentRecord?
    {
        let deadline = Deadline(seconds: seconds)
        while true {
            if let receipt = try run(files, session: session).last(where: { $0.bundle == bundle && $0.isAnswer }) {
                return receipt
            }
            if deadline.isPast { return nil }
            deadline.pause()
        }
    }
}

extension DeploymentRecord {
    /// - Parameter envelope: the receipt as a host signed it; nil for one that proves nothing.
    init(_ receipt: Receipt, _ files: EnvironmentFiles, envelope: String?) {
        self.init(
            environment: files.name, bundle: receipt.bundle, model: receipt.name, version: receipt.version,
            outcome: receipt.outcome.rawValue, reason: receipt.fullReason, signer: receipt.signer,
            replaced: receipt.replaced, time: receipt.time)
        (counter, manifest, self.envelope) = (receipt.counter, receipt.manifest, envelope)
        person = receipt.person
    }

    /// Whether a host said what became of an order; a halt or a resume names what runs then, and answers nothing.
    var isAnswer: Bool { outcome != "halted" && outcome != "resumed" }

    /// Whether the bundle came in force.
    var isInForce: Bool { outcome == "installed" || outcome == "rolled-back" }
}

extension Session {
    /// Environments of this project, by their directories; empty where there is none.
    func environmentNames() throws -> [String] {
        let directory = "\(root)/Registry/environments"
        guard Paths.isDirectory(directory) else { return [] }
        return try Paths.entries(directory).filter { Paths.isRealDirectory("\(directory)/\($0)") }
    }

    /// The error for an environment that is neither here nor on record, with the nearest that is; for one whose
    /// directory alone is gone, what helps.
    func unknownEnvironment(_ name: String) throws -> Failure {
        if let next = try MovedHost.next(of: name, session: self) {
            return Failure(
                "promote.no-environment",
                "found no directory '\(environmentPath(name))', whose host has gone on in '\(next)' by the record",
                hint: "name the place where it works: \(Inbox.word(next))", exitStatus: .usage)
        }
        guard try !registry().environmentNames().contains(name) else {
            return Failure(
                "promote.no-environment",
                "found no directory '\(environmentPath(name))', where a host worked by its receipts on record",
                hint:
                    "where it was moved, name where it lies now: hftml deployments list --environment DIRECTORY; where "
                    + "it is lost, make a new host in its place: hftml-runtime init "
                    + "\(Inbox.word(environmentPath(name))) --root FILE, and end what waits for the lost one: "
                    + WithdrawPromotion.lostWord(name),
                exitStatus: .usage)
        }
        return .unknown(
            "environment", name, code: "promote.no-environment",
            in: Set(try environmentNames() + registry().environmentNames()).sorted(), see: "hftml environments list")
    }
}
