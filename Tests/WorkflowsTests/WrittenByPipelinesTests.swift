import Basics
import TestSupport
import Testing
import Workflows

@Suite struct WrittenByPipelinesTests {
    @Test("locks, ignore rules and declared outputs are no changed code; everything else is")
    func changed() throws {
        let project = try VersionedProject()
        try project.write("stages: {a: {run: 'true', outs: [out/m], metrics: [m.json]}}\n", to: "p/pipeline.yaml")
        try project.write("x\n", to: "code.yaml")
        try project.write("{}\n", to: "p/m.json")
        try project.commit("start")
        try project.write("schema: '2.0'\n", to: "p/dvc.lock")
        try project.write("{\"a\": 1}\n", to: "p/m.json")
        try project.write("/out\n", to: "p/.gitignore")
        try project.write("w\n", to: "p/out/m/weights")
        #expect(try project.session().code().changedFiles == [])
        try project.write("y\n", to: "code.yaml")
        try project.write("z\n", to: "p/more.yaml")
        #expect(try project.session().code().changedFiles == ["code.yaml", "p/more.yaml"])
    }

    @Test("a directory that Git does not know, with an output and the ignore rule that a run wrote, is no changed code")
    func ignoreRuleBesideOutput() throws {
        let project = try VersionedProject()
        try project.write("stages: {a: {run: 'true', outs: [out/m]}}\n", to: "p/pipeline.yaml")
        try project.commit("start")
        try project.write("/m\n", to: "p/out/.gitignore")
        try project.write("w\n", to: "p/out/m/weights")
        #expect(try project.session().code().changedFiles == [])
        try project.write("x\n", to: "p/out/script.py")
        #expect(try project.session().code().changedFiles == ["p/out/script.py"])
    }

    @Test("what a stage reads is code whatever it is called, and so is a file that Git was told not to look at")
    func hidden() throws {
        let project = try VersionedProject()
        try project.write(
            "stages: {a: {run: 'true', deps: [c/partitions.lock], outs: [out/m]}}\n", to: "p/pipeline.yaml")
        try project.write("seed: 7\n", to: "p/c/partitions.lock")
        try project.write("seed: 7\n", to: "assumed.yaml")
        try project.write("seed: 7\n", to: "skipped.yaml")
        try project.write("seed: 7\n", to: "same.yaml")
        try project.commit("start")
        for (flag, file) in [
            ("--assume-unchanged", "assumed.yaml"), ("--skip-worktree", "skipped.yaml"),
            ("--assume-unchanged", "same.yaml"),
        ] { _ = try project.git("update-index", flag, file) }
        #expect(try project.session().code().changedFiles == [])
        for file in ["p/c/partitions.lock", "assumed.yaml", "skipped.yaml"] {
            try project.write("seed: 8\n", to: file)
        }
        #expect(
            try project.session().code().changedFiles == ["assumed.yaml", "p/c/partitions.lock", "skipped.yaml"])
    }

    @Test("the record of promotions and signed heads is no changed code; what decides a result cannot hide among it")
    func record() throws {
        let project = try VersionedProject()
        try project.write("stages: {a: {run: 'true', outs: [out/m]}}\n", to: "p/pipeline.yaml")
        try project.write("schemaVersion: 1\nrules: [lineage]\n", to: "Registry/gates/live.yaml")
        try project.commit("start")
        try project.write("{}\n", to: "Registry/promotions/paper-m-1/card.json")
        try project.write("# m/1\n", to: "Registry/promotions/paper-m-1/card.md")
        try project.write("{}\n", to: "Registry/audit-heads.jsonl")
        #expect(try project.session().code().changedFiles == [])
        // A script or what a stage reads is somebody's code, wherever it lies.
        try project.write("x\n", to: "Registry/promotions/paper-m-1/train.py")
        try project.write(
            "stages: {a: {run: 'true', deps: [../Registry/promotions/paper-m-1/card.json], outs: [out/m]}}\n",
            to: "p/pipeline.yaml")
        // More than are listed hide nothing either.
        for number in 0..<120 { try project.write("{}\n", to: "Registry/promotions/paper-m-2/\(number).json") }
        try project.write("schemaVersion: 1\nrules: []\n", to: "Registry/gates/live.yaml")
        try project.write("{}\n", to: "Registry/keys/eve.pub.json")
        try project.write("{}\n", to: "Registry/environments/paper/authority.json")
        #expect(
            try project.session().code().changedFiles == [
                "Registry/environments/", "Registry/gates/live.yaml", "Registry/keys/",
                "Registry/promotions/paper-m-1/card.json", "Registry/promotions/paper-m-1/train.py", "p/pipeline.yaml",
            ])
    }
}
