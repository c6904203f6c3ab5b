import Basics
import Foundation
import TestSupport
import Testing

/// The template for other repositories where people have to sign, in an environment of another name: the verdict of
/// one job is read at a workstation, and what is signed there counts in the next.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct GitLabApprovalTests {
    @Test("an approval that was signed at a workstation, over what the job left, lets the same pipeline promote")
    func approved() throws {
        let jobs = try GitLabPipelines.other(environment: "desk"), project = jobs.project
        for job in ["judge", "promote", "rollback"] {
            let place = jobs.main.environment(of: job)
            #expect(place.name == "desk" && place.group == "desk", "\(job): \(place)")
        }
        var done = try jobs.pipeline()
        let judged = try jobs.main.run("judge", of: project.repository.path, artefacts: done)
        #expect(judged.status == 2 && judged.errors.contains("0 of 1 approvals"), "\(judged.errors.suffix(1500))")
        #expect(judged.afterStatus == 0, "\(judged.errors.suffix(500))")
        done.append(judged)
        try project.publish(judged, at: "7/artifacts")
        let signed = try sign(project, "approve")
        // Everybody may write there: what is altered, or signed by a stranger, is told and passed over.
        try Paths.makeDirectory(project.statements)
        for (name, text) in try signed.enumerated().map({ ("\($0.offset).json", try FileChunks.text($0.element)) }) {
            try AtomicFile.write(text, to: "\(project.statements)/\(name)")
            try AtomicFile.write(
                text.replacing("\"sig\":\"", with: "\"sig\":\"AAAA"), to: "\(project.statements)/altered-\(name)")
        }
        let promoted = try jobs.promote(done)
        try jobs.expectKept(promoted)
        #expect(promoted.errors.contains("approval of bars-cnn/1 by ben"), "\(promoted.errors.suffix(2000))")
        #expect(promoted.errors.contains("does not count here: "), "\(promoted.errors.suffix(2000))")
        #expect(promoted.errors.contains("bars-cnn/1 is in force"), "\(promoted.errors.suffix(500))")
    }

    @Test("without the approval the same pipeline promotes nothing, and the record says so")
    func unsigned() throws {
        let jobs = try GitLabPipelines.other(environment: "desk")
        let refused = try jobs.promote(try jobs.pipeline())
        #expect(refused.status == 2 && refused.errors.contains("0 of 1 approvals"), "\(refused.errors.suffix(1500))")
        #expect(refused.afterStatus == 0)
    }

    /// What ben types, by the guide.
    ///
    /// - Returns: the files that he signed.
    private func sign(_ project: GitLabProject, _ command: String) throws -> [String] {
        let place = project.directory.file("review"), home = project.directory.file("ben")
        try Paths.makeDirectory(home)
        let key = project.repository.file("Registry/keys/ben.key.json")
        for line in [
            "git clone -q '\(project.repository.path)' '\(place)' && cd '\(place)'",
            "hftml backup fetch '\(project.address)/7/artifacts/backups' ../judged --header-from PRIVATE-TOKEN=TOKEN",
            "cd '\(place)' && hftml backup restore ../judged --signed-by Registry/keys/backup.pub.json --keep-files",
            "cd '\(place)' && hftml environments pin desk --yes",
            "cd '\(place)' && hftml inbox --as ben",
            "cd '\(place)' && hftml \(command) bars-cnn/1 --for desk --as ben --key '\(key)' --reason read --yes",
            "cd '\(place)' && hftml statements export bars-cnn/1 ../signed",
        ] {
            let result = try RunProgram.run(
                "/bin/sh", ["-c", line], in: home,
                environment: [
                    "HOME": home, "TOKEN": "read-only", "PATH": "\(Paths.parent(RunProgram.hftml)):/usr/bin:/bin",
                ])
            #expect(result.status == 0, "\(line)\n\(result.errors.suffix(1000))\(result.output.suffix(500))")
        }
        let directory = project.directory.file("signed")
        return try Paths.entries(directory).sorted().map { "\(directory)/\($0)" }
    }
}
