import Basics
import Deployment

/// What to do where an environment has no file or no document.
extension EnvironmentFiles {
    /// What was an environment once gets its file back; a further host's directory is made by the host.
    static func wayBack(_ name: String, _ directory: String) -> String {
        if Paths.exists("\(directory)/authority.json") || Paths.exists("\(directory)/root.json") {
            return "bring it back: git checkout -- '\(directory)/runtime.json'; a host that lies in no clone has it "
                + "from: hftml-runtime init '\(directory)' --root '\(directory)/root.json'"
        }
        guard name.contains("/") else { return "make it with: hftml environments init \(name) --policy POLICY" }
        return "make a host there: hftml environments pin NAME -o root.json, then hftml-runtime init '\(directory)' "
            + "--root root.json --name HOST; let it be named in environment.yaml and signed, then: hftml environments "
            + "deliver NAME --to '\(directory)'"
    }

    /// The error where nothing was signed yet, or not by enough.
    var missing: Failure {
        var what = "found no signed document of the environment '\(name)'"
        if Paths.exists(unfinished), let begun = try? read(unfinished) {
            let signers = EnvironmentFiles.signers(begun)
            what +=
                ": \(signers.count) of \(begun.authority.root.threshold) root keys have signed document "
                + "\(begun.authority.counter) (\(signers.joined(separator: ", ")))"
        }
        return Failure(
            "authority.missing", what,
            hint: Paths.exists(source)
                ? "sign it: hftml environments sign \(name) --as KEY"
                : name.contains("/")
                    ? "bring the environment's documents there: hftml environments deliver \(host.name) --to \(name)"
                    : "make one with: hftml environments init \(name) --policy POLICY", exitStatus: .refused)
    }

    /// The document that the host here has accepted, where root keys of ours have signed it.
    var accepted: AuthorityEnvelope? {
        guard Paths.exists(host.acceptedAuthority), let accepted = try? read(host.acceptedAuthority),
            FinishSigning.isSigned(accepted, self)
        else { return nil }
        return accepted
    }

    /// Those of some later documents that follow from the ones that lie here, oldest first.
    func following(_ later: [AuthorityEnvelope]) throws -> [AuthorityEnvelope] {
        let chain = readable + later
        guard let first = first(chain) else { return [] }
        let root = Paths.exists(host.rootFile) ? try RootPin.read(host.rootFile).root : first.authority.root
        let followed = DocumentTrail.followed(chain, pin: RootPin(environment: host.name, root: root))
        return later.filter { followed.contains($0.authority) }
    }
}
