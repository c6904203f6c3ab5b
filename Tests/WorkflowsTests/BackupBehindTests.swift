import Basics
import Registry
import TestSupport
import Testing
import Workflows

/// A record that another one went on from, in the place of the newest backup.
@Suite struct BackupBehindTests {
    @Test("where another pipeline went on meanwhile, a backup is refused as that and not as a log that was cut")
    func otherPipeline() throws {
        let project = try TestProject(.empty), backups = project.file("backups"), place = try TemporaryDirectory()
        try project.trust("log", roles: ["log"])
        try project.write(
            "schemaVersion: 1\nanchors: [{directory: \(project.file("anchors"))}]\n", to: "Registry/hftml.yaml")
        let session = try project.session(keys: project.file("Registry/keys"))
        _ = try SignHead.anchor(as: "log", session: session)
        _ = try CreateBackup.run(backups, key: nil, session: session)
        let request = RestoreBackup.Request(directory: backups, target: place.file("early"))
        _ = try RestoreBackup.run(request, caller: Caller(actor: "ci"))
        for _ in 0..<3 { try session.registry().audit(action: "test.after", subject: .tool("test")) }
        _ = try SignHead.anchor(as: "log", session: session)
        let early = try Session(Caller(actor: "ci", directory: place.file("early")))
        #expect(
            project.code { _ = try CreateBackup.run(backups, key: nil, session: early) } == "anchor.other-log",
            "nobody has backed up what the anchors know")
        _ = try CreateBackup.run(backups, key: nil, session: session)
        let error = #expect(throws: Failure.self) { try CreateBackup.run(backups, key: nil, session: early) }
        #expect(error?.code == "backup.other-log" && error?.hint?.contains("run the pipeline again") == true)
        #expect(ErrorCatalogue.entry("anchor.other-log")?.nextStep.hasPrefix("Run the pipeline again") == true)
    }
}
