import Basics
import Deployment
import ModelBundles

/// A host that has accepted a document which is none of its environment's here: it goes by other root keys, takes
/// nothing that ours sign, and trades what theirs order. However it came there, no document of ours brings it back.
enum StrayedHost {
    /// - Parameters:
    ///   - files: of the host's place.
    ///   - own: of the environment, whose documents count.
    /// - Returns: nil where the host goes by ours, would go on by the newest of ours, or is ahead of them, which
    ///   ``EnvironmentFiles/newest(at:gap:)`` tells.
    static func problem(_ files: EnvironmentFiles, _ own: EnvironmentFiles, at time: Nanoseconds) -> Failure? {
        let host = files.host
        guard Paths.exists(host.acceptedAuthority), let accepted = try? files.read(host.acceptedAuthority) else {
            return nil
        }
        let believed = own.documents, number = accepted.authority.counter
        // One that root keys of ours signed goes on by the next document, which is told as a fork.
        guard let newest = believed.last, number <= newest.counter, !believed.contains(accepted.authority),
            !FinishSigning.isSigned(accepted, own)
        else { return nil }
        let links = own.readable.filter { believed.contains($0.authority) && $0.authority.counter > number }
        let pin = RootPin(environment: own.host.name, root: accepted.authority.root)
        let next = try? AuthorityEnvelope.newest(links, pin: pin, accepted: accepted, at: time)
        if let next, next.authority == newest, number < newest.counter { return nil }
        return Failure(
            "authority.fork",
            "found document \(number) of '\(host.name)' accepted by the host in '\(host.directory)', which is none of "
                + "those here: that host takes nothing that these root keys sign, and may trade what others order",
            hint: way(host), exitStatus: .refused)
    }

    /// The same of a place of the project, or of a further host's.
    static func problem(_ files: EnvironmentFiles, session: Session) -> Failure? {
        let own =
            files.name == files.host.name
            ? files : (try? EnvironmentFiles.made(files.host.name, session: session)).flatMap { $0 } ?? files
        return problem(files, own, at: session.clock.now())
    }

    /// What stops it, and how a host is made that goes by ours.
    static func way(_ host: DeploymentDirectory) -> String {
        let name = Inbox.word(host.name)
        return
            "stop that host: hftml-runtime halt \(Inbox.word(host.directory)) --by PERSON --reason TEXT; then make one "
            + "with a key of its own in another directory: hftml environments pin \(name) -o root.json && "
            + "hftml-runtime init DIRECTORY --root root.json --name HOST; name it in environment.yaml in the place of "
            + "the other, sign, and deliver"
    }
}
