import Basics
import Deployment
import Registry
import Testing
import Workflows

/// A record that is restored where its hosts are seen.
@Suite struct RestoredHostsTests {
    @Test("a record is restored whatever runs at a host that should not: that is told, and no damage of the record")
    func restored() throws {
        let project = try RejectedWeightsTests.project("carl"), further = try RecordedHostsTests.Further(project)
        _ = try further.promote("m/1")
        let session = project.session
        let draft = try SignStatement.draft(
            .rejection, "m/1", policy: nil, for: "paper", signer: "carl", reason: "leaks", session: session)
        _ = try SignStatement.sign(draft, key: "carl", session: session)
        #expect(try VerifyRecord.run(session: session).contains { $0.contains("'carl' rejected it") })
        try project.trust("backup")
        _ = try CreateBackup.run(project.file("backups"), key: "backup", session: session)
        let request = RestoreBackup.Request(directory: project.file("backups"), target: project.file("restored"))
        let outcome = try RestoreBackup.run(request, caller: Caller(actor: "ann@new"))
        #expect(!outcome.problems.contains { $0.contains("rejected it") }, "\(outcome.problems)")
        #expect(outcome.hosts.contains { $0.contains("'carl' rejected it") }, "\(outcome.hosts)")
    }
}
