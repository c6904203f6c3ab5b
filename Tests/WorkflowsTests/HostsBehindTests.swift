import Basics
import Deployment
import Registry
import Testing
import Workflows

/// Documents that were signed and have still to reach a host.
@Suite struct HostsBehindTests {
    @Test("a further host believes a revoked key until the next document is delivered, and everybody is told so")
    func revoked() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), session = project.session
        _ = try further.promote("m/1")
        let place = further.host.directory, command = "hftml environments deliver paper --to \(place)"
        func items(_ name: String) throws -> [String] {
            try Inbox.run(as: name, session: session).items.map(\.next).filter { $0 == command }
        }
        func notes() throws -> [String] {
            try VerifyRecord.gaps(session: session).filter { $0.hasSuffix(command) }
        }
        #expect(try HostsBehind.find("paper", session: session).isEmpty && notes().isEmpty)
        #expect(try items("paper-promoter").isEmpty)
        #expect(try ManageKeys.revocation(of: "paper-gate", session: session).plan.contains(command))
        let revoked = try ManageKeys.revoke("paper-gate", reason: "stolen", session: session)
        #expect(revoked.hosts.map(\.next) == [command] && revoked.hosts.first?.document == 2)
        #expect(try HostsBehind.find("paper", session: session).isEmpty, "nothing newer was signed yet")
        #expect(try project.environment().signed?.counter == 3)
        let behind = try HostsBehind.find("paper", session: session)
        #expect(behind.map(\.next) == [command] && behind.first?.text.contains("believes document 2") == true)
        #expect(try items("paper-promoter").count == 1 && items("paper-root").count == 1 && notes().count == 1)
        // The newest document says it: that host alone believes the key still.
        #expect(try ManageKeys.revocation(of: "paper-gate", session: session).hosts.map(\.next) == [command])
        _ = try DeliverDocuments.run("paper", to: place, session: session)
        #expect(try HostsBehind.find("paper", session: session).isEmpty && notes().isEmpty)
        #expect(try items("paper-promoter").isEmpty && items("paper-root").isEmpty)
        #expect(try ManageKeys.revocation(of: "paper-gate", session: session).hosts.isEmpty)
    }

    @Test("a host of the same name that follows other root keys is no host of the environment")
    func stranger() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), session = project.session
        _ = try further.promote("m/1")
        try project.amend { $0.replacing("verdictDays: 7", with: "verdictDays: 6") }
        #expect(try HostsBehind.find("paper", session: session).count == 1)
        let host = further.host, other = try TestProject(.empty)
        try other.environment()
        for path in ["authority.json", "root.json"] {
            try project.write(
                try other.read("Registry/environments/paper/\(path)"), to: "Registry/hosts/Second/\(path)")
        }
        for name in ["authority", "installed/authority.json"] { try Paths.remove("\(host.directory)/\(name)") }
        #expect(try HostsBehind.find("paper", session: session).isEmpty)
    }

    @Test("nothing goes to a further host by rules that its environment has changed since; only a rollback does")
    func rules() throws {
        let project = try TestProject(), further = try RecordedHostsTests.Further(project), session = project.session
        for version in ["m/1", "m/2"] { _ = try further.promote(version) }
        try project.amend { $0.replacing("verdictDays: 7", with: "verdictDays: 6") }
        #expect(project.code { _ = try further.promote("m/1") } == "authority.gone", "the gate")
        #expect(project.code { _ = try further.promote("m/1", judged: false) } == "authority.gone")
        #expect(try VerifyRecord.run(session: session).isEmpty)
        #expect(try further.rollBack().receipt.version == 1)
        _ = try DeliverDocuments.run("paper", to: further.host.directory, session: session)
        #expect(try further.promote("m/2").receipt.version == 2)
    }
}
