import Basics
import Foundation
import TestSupport
import Testing

/// The two templates for GitLab, every job of the flow run in order: with what a minimal image has, against a server
/// that has what the last promotion left.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct GitLabJobsTests {
    @Test("this project's jobs: a merge request without and with a champion, promotions, a refused gate, a rollback")
    func ownTemplate() throws {
        let jobs = try GitLabPipelines.own()
        let version = try jobs.main.run("build", of: jobs.project.repository.path)
        #expect(version.status == 0, "\(version.errors)")
        let first = try jobs.request()
        try jobs.expectReports(first, isRefused: false)
        #expect(try FileChunks.text("\(first.place)/comparison.md").contains("to compare with yet"))
        let early = try jobs.pipeline()
        try jobs.expectKept(try jobs.promote(early))
        // A merge request with a champion, which begins with the record that the promotion left.
        try jobs.project.change(seed: 2, on: "change")
        let second = try jobs.request()
        try jobs.expectReports(second, isRefused: false)
        #expect(try FileChunks.text("\(second.place)/comparison.md").contains("bars-cnn@champion"))
        // It is merged and promoted; the log goes on, and so do its anchors.
        try jobs.project.git("checkout", "-q", "main")
        try jobs.project.git("merge", "-q", "change")
        let next = try jobs.promote(try jobs.pipeline())
        try jobs.expectKept(next)
        #expect(next.errors.contains("bars-cnn/2 is in force"), "\(next.errors.suffix(500))")
        // A pipeline that began before that promotes nothing.
        let late = try jobs.promote(early)
        #expect(late.status == 2 && late.errors.contains("backup.other-log"), "\(late.errors.suffix(1500))")
        #expect(late.errors.contains("run the pipeline again") && !late.errors.contains("accept-loss"))
        // A policy that nothing passes: the verdict is the job's status, and its reports are there.
        try jobs.project.hardenPolicy(on: "change")
        try jobs.expectReports(try jobs.request(), isRefused: true)
        let back = try jobs.main.run("rollback", of: jobs.project.repository.path)
        try jobs.expectKept(back)
        #expect(back.errors.contains("bars-cnn/1 is in force again"), "\(back.errors.suffix(500))")
    }

    @Test("the template for other repositories: refusals stay on record, and a record that was put back is refused")
    func otherTemplate() throws {
        let jobs = try GitLabPipelines.other(), project = jobs.project
        let first = try jobs.request()
        try jobs.expectReports(first, isRefused: false)
        try jobs.expectKept(try jobs.promote(try jobs.pipeline()))
        let old = project.directory.file("old-record")
        try FileManager.default.copyItem(atPath: project.record, toPath: old)
        // A runner with the wrong key: refused, and that is on record, so the job does not begin again from before.
        try project.change(seed: 2, on: "main")
        let second = try jobs.pipeline(), wrong = project.protected["HFTML_GATE_KEY"] ?? ""
        let refused = try jobs.promote(second, by: jobs.main.with(["HFTML_PROMOTER_KEY": wrong]))
        #expect(refused.status == 2 && refused.errors.contains("may not promote"), "\(refused.errors.suffix(500))")
        #expect(refused.afterStatus == 0)
        let retried = try jobs.promote(second)
        #expect(retried.status == 2 && retried.errors.contains("backup.other-log"), "\(retried.errors.suffix(500))")
        try jobs.expectKept(try jobs.promote(try jobs.pipeline()))
        // What people signed is taken up before; that it cannot be read stops no rollback.
        try AtomicFile.write("no statement", to: project.statements)
        let back = try jobs.main.run("rollback", of: project.repository.path)
        try jobs.expectKept(back)
        #expect(back.errors.contains("what was stands: found no signed statement"), "\(back.errors.suffix(1500))")
        // The anchors know more than a record from before.
        try Paths.remove(project.record)
        try FileManager.default.copyItem(atPath: old, toPath: project.record)
        let older = try jobs.main.run("train", of: project.repository.path)
        #expect(older.status == 2 && older.errors.contains("removed from the end"), "\(older.errors.suffix(500))")
        // A record that somebody else signed is none.
        let forged = try jobs.main.with(["HFTML_RECORD_KEY": "Registry/keys/paper-gate.pub.json"]).run(
            "train", of: project.repository.path)
        #expect(forged.status == 2 && forged.errors.contains("signed"), "\(forged.errors.suffix(500))")
    }

    @Test("the root that jobs run in has no curl, no Python and no compiler", .enabled(if: GitLabImage.hasRoot))
    func minimalImage() throws {
        let directory = try TemporaryDirectory(), image = try GitLabImage(in: directory, seeing: [directory.path])
        let script = try directory.write(
            "hftml --version\nset +e\nfor p in curl wget python3 python perl cc; do type $p && exit 3; done\nexit 0\n",
            to: "look.sh")
        let result = try image.run(script, home: directory.path)
        #expect(result.status == 0 && result.output.contains("."), "\(result)")
    }
}
