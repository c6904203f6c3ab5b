import Basics
import Deployment
import Foundation
import ModelBundles
import Registry

/// Where an order was handed over, as the log has it: other clones of the project, and other machines, have a directory
/// of the same name, and what does not lie in theirs has not vanished.
struct HandOverPlace: Sendable, Equatable {
    /// Of the environment: absolute, without symbolic links.
    let directory: String
    /// The machine's name.
    let machine: String
    /// Number of the inbox in its file system; nil where it could not be told.
    let inbox: Int?
    /// Id of the host's key that the order names; nil for none.
    let host: String?

    /// Here, for an order that is about to be handed over: its inbox is there.
    init(_ files: EnvironmentFiles, host: String?) {
        directory = files.host.directory
        machine = ProcessInfo.processInfo.hostName
        inbox = HandOverPlace.number(files.host.inbox)
        self.host = host
    }

    /// - Returns: nil for what the log does not say, as of before it did.
    init?(_ node: JSONValue?) {
        guard let directory = node?[key: "directory"]?.stringValue, let machine = node?[key: "machine"]?.stringValue
        else { return nil }
        (self.directory, self.machine) = (directory, machine)
        (inbox, host) = (node?[key: "inbox"]?.intValue, node?[key: "host"]?.stringValue)
    }

    var json: JSONValue {
        .map([
            ("directory", .string(directory)), ("machine", .string(machine)),
            ("inbox", inbox.map { .int($0) } ?? .null), ("host", .string(host)),
        ])
    }

    /// Whether what is missing in this inbox is missing at the host: it is the very directory, and a host's key lies
    /// there. Where it lies elsewhere, somebody carries the mail, and takes it out of the inbox for that.
    func isSeen(_ files: EnvironmentFiles) -> Bool {
        let host = files.host
        return directory == host.directory && inbox != nil && inbox == HandOverPlace.number(host.inbox)
            && Paths.exists(host.hostKey) && fits(files.hostID)
    }

    /// Whether the host can be told something from here. A private key of a host does not travel, so wherever it lies
    /// now, the host does; and one that lies there now with another key is another host.
    ///
    /// - Parameter place: the environment's directory here, which need not be there any more.
    func isHere(_ place: String, _ host: DeploymentDirectory?) -> Bool {
        let isSame = isAt(place)
        guard let host else { return isSame && isMachine }
        let own = host.hostID
        if own != nil, own == self.host, Paths.exists(host.hostKey) { return true }
        guard isSame, isMachine, fits(own) else { return false }
        if inbox == nil || inbox == HandOverPlace.number(host.inbox) { return true }
        // A new clone at the path of one that was moved has the name alone, and no host.
        return [host.hostKey, host.hostPublicKey, host.stateFile].contains(where: Paths.exists)
    }

    /// Whether it is a directory's path, whatever lies there now.
    func isAt(_ place: String) -> Bool { directory == Paths.resolved(place) }

    /// Whether it is on a machine of this one's name.
    var isMachine: Bool { machine == ProcessInfo.processInfo.hostName }

    /// Whether the host that lies somewhere may be the one that the order went to. Machines made of one image have
    /// directories of the same path, and often of the same number: where both keys are known, they tell, else the
    /// machine's name does.
    private func fits(_ own: String?) -> Bool {
        guard let host, let own else { return isMachine }
        return own == host
    }

    /// In words, with the machine where it is another one.
    var words: String {
        isMachine ? directory : "\(directory) on \(machine)"
    }

    /// The command line that does something where the order was handed over.
    func command(_ words: String, _ environment: String) -> String {
        let suffix = "/Registry/environments/\(environment)"
        let there = directory.hasSuffix(suffix) ? "-C \(Inbox.word(String(directory.dropLast(suffix.count)))) " : ""
        return "hftml \(there)\(words) \(Inbox.word(environment))"
            + (isMachine ? "" : ", on \(machine)")
    }

    private static func number(_ directory: String) -> Int? {
        var info = stat()
        return stat(directory, &info) == 0 ? Int(truncatingIfNeeded: info.st_ino) : nil
    }
}

extension DeploymentDirectory {
    /// Id of the key of the host whose things lie here; nil for none that can be read.
    var hostID: String? {
        (try? SigningKey.read(hostKey))?.publicKey.id ?? (try? PublicKey.read(hostPublicKey))?.id
    }
}

extension RegistryDatabase {
    /// Where the bundle of a promotion was handed over; nil for promotions of before the log said so.
    func place(of promotion: PromotionRecord) throws -> HandOverPlace? {
        try auditEntries(actionPrefix: "promote").compactMap { entry -> HandOverPlace? in
            guard entry.action == "promote", entry.subject == promotion.reference,
                let detail = try? JSONParser.parse(entry.detail), detail[key: "bundle"]?.stringValue == promotion.bundle
            else { return nil }
            return HandOverPlace(detail[key: "place"])
        }.last
    }
}
