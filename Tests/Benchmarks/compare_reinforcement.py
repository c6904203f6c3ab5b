#!/usr/bin/env python3
"""CartPole-v1 by PPO and DQN: hftml beside the same algorithms in PyTorch and Gymnasium, written as CleanRL writes them (one file, vectorised environments,
the same networks, steps, batches, epochs and rates). Alternating runs, one after another on the same cores.

    pip install torch gymnasium numpy
    python3 Tests/Benchmarks/compare_reinforcement.py --hftml .build/release/hftml --seeds 5 [--steps 200000]
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

os.environ.pop("OPENBLAS_CORETYPE", None)
import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn


def vector(count, seed):
    envs = gym.vector.SyncVectorEnv([lambda: gym.make("CartPole-v1") for _ in range(count)], autoreset_mode=gym.vector.AutoresetMode.SAME_STEP)
    observations, _ = envs.reset(seed=seed)
    return envs, observations


def evaluate(act, seed, episodes=100):
    envs, observations = vector(episodes, seed + 10_000)
    total, alive = np.zeros(episodes), np.ones(episodes, bool)
    while alive.any():
        observations, rewards, ended, cut, _ = envs.step(act(torch.from_numpy(observations)).numpy())
        total += rewards * alive
        alive &= ~(ended | cut)
    return float(total.mean())


def body(sizes, activation):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), activation()]
    return layers


def ppo(steps, seed, envs=8, rollout=128, minibatch=256, epochs=8, gamma=0.99, lam=0.95, clip=0.2):
    torch.manual_seed(seed)
    np.random.seed(seed)
    policy = nn.Sequential(*body([4, 64, 64], nn.Tanh), nn.Linear(64, 2))
    value = nn.Sequential(*body([4, 64, 64], nn.Tanh), nn.Linear(64, 1))
    with torch.no_grad():
        policy[-1].weight *= 0.01
        policy[-1].bias.zero_()
    parameters = list(policy.parameters()) + list(value.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-3, eps=1e-5)
    vec, observations = vector(envs, seed)
    o, a, lp, r, v, d = (torch.zeros(rollout, envs, 4), torch.zeros(rollout, envs, dtype=torch.long), torch.zeros(rollout, envs), torch.zeros(rollout, envs), torch.zeros(rollout, envs), torch.zeros(rollout, envs))
    updates, stepping = steps // (envs * rollout), 0.0
    for update in range(updates):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1 - update / updates)
        began = time.perf_counter()
        with torch.no_grad():
            for t in range(rollout):
                x = torch.from_numpy(observations)
                o[t] = x
                distribution = torch.distributions.Categorical(logits=policy(x))
                action = distribution.sample()
                a[t], lp[t], v[t] = action, distribution.log_prob(action), value(x).squeeze(-1)
                observations, reward, ended, cut, info = vec.step(action.numpy())
                reward = torch.from_numpy(reward).float()
                if cut.any():
                    final = torch.from_numpy(np.stack([info["final_obs"][i] for i in np.flatnonzero(cut)]))
                    reward[torch.from_numpy(cut)] += gamma * value(final).squeeze(-1)
                r[t], d[t] = reward, torch.from_numpy((ended | cut).astype(np.float32))
            last, advantages, running = value(torch.from_numpy(observations)).squeeze(-1), torch.zeros(rollout, envs), 0
            for t in reversed(range(rollout)):
                following = last if t == rollout - 1 else v[t + 1]
                running = r[t] + gamma * following * (1 - d[t]) - v[t] + gamma * lam * (1 - d[t]) * running
                advantages[t] = running
            returns = advantages + v
        stepping += time.perf_counter() - began
        fo, fa, flp, fadv, fret, fv = o.reshape(-1, 4), a.reshape(-1), lp.reshape(-1), advantages.reshape(-1), returns.reshape(-1), v.reshape(-1)
        for _ in range(epochs):
            for part in torch.randperm(rollout * envs).split(minibatch):
                logits = policy(fo[part])
                new = torch.log_softmax(logits, -1).gather(1, fa[part, None]).squeeze(1)
                ratio, advantage = (new - flp[part]).exp(), fadv[part]
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                loss = -torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()
                estimate = value(fo[part]).squeeze(-1)
                limited = fv[part] + (estimate - fv[part]).clamp(-clip, clip)
                loss = loss + 0.25 * torch.max((estimate - fret[part]) ** 2, (limited - fret[part]) ** 2).mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(parameters, 0.5)
                optimizer.step()
    done = updates * envs * rollout
    with torch.no_grad():
        return evaluate(lambda x: policy(x).argmax(-1), seed), done / stepping


class Dueling(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.v, self.a = nn.Sequential(*body([4, 120, 84], nn.ReLU)), nn.Linear(84, 1), nn.Linear(84, 2)

    def forward(self, x):
        x = self.body(x)
        a = self.a(x)
        return self.v(x) + a - a.mean(-1, keepdim=True)


def dqn(steps, seed, envs=8, rollout=2, batch=128, capacity=50_000, starts=2_000, interval=500, gamma=0.99, n=3, share=0.3, last=0.02):
    """Double, dueling, three-step returns; replay is drawn evenly here (CleanRL has no prioritised DQN of one file), so hftml does the more."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    online, target = Dueling(), Dueling()
    target.load_state_dict(online.state_dict())
    optimizer = torch.optim.Adam(online.parameters(), lr=1e-3)
    vec, observations = vector(envs, seed)
    O, N, A, R, D = np.zeros((capacity, 4), np.float32), np.zeros((capacity, 4), np.float32), np.zeros(capacity, np.int64), np.zeros(capacity, np.float32), np.zeros(capacity, np.float32)
    head, count, pending, stepping, done = 0, 0, [[] for _ in range(envs)], 0.0, 0

    def store(o, a, r, discount, nxt):
        nonlocal head, count
        O[head], A[head], R[head], D[head], N[head] = o, a, r, discount, nxt
        head, count = (head + 1) % capacity, min(count + 1, capacity)

    def emit(queue, nxt, terminal):
        total = sum(gamma**k * step[2] for k, step in enumerate(queue))
        store(queue[0][0], queue[0][1], total, 0 if terminal else gamma ** len(queue), nxt)
        queue.pop(0)

    while done < steps:
        began = time.perf_counter()
        for _ in range(rollout):
            epsilon = max(last, 1 + (last - 1) * done / (share * steps))
            with torch.no_grad():
                actions = online(torch.from_numpy(observations)).argmax(-1).numpy()
            random = rng.random(envs) < epsilon
            actions[random] = rng.integers(0, 2, random.sum())
            following, rewards, ended, cut, info = vec.step(actions)
            for i in range(envs):
                pending[i].append((observations[i], actions[i], rewards[i]))
                if ended[i] or cut[i]:
                    while pending[i]:
                        emit(pending[i], info["final_obs"][i], ended[i])
                elif len(pending[i]) == n:
                    emit(pending[i], following[i], False)
            observations = following
            done += envs
        stepping += time.perf_counter() - began
        if done >= starts:
            index = rng.integers(0, count, batch)
            with torch.no_grad():
                nxt = torch.from_numpy(N[index])
                best = online(nxt).argmax(-1, keepdim=True)
                wanted = torch.from_numpy(R[index]) + torch.from_numpy(D[index]) * target(nxt).gather(1, best).squeeze(1)
            for group in optimizer.param_groups:
                group["lr"] = 1e-3 * (1 - 0.98 * done / steps)
            loss = nn.functional.smooth_l1_loss(online(torch.from_numpy(O[index])).gather(1, torch.from_numpy(A[index])[:, None]).squeeze(1), wanted)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(online.parameters(), 10)
            optimizer.step()
        if done // interval != (done - rollout * envs) // interval:
            target.load_state_dict(online.state_dict())
    with torch.no_grad():
        return evaluate(lambda x: online(x).argmax(-1), seed), done / stepping


def ours(hftml, recipe, steps, seed, threads, directory):
    began = time.perf_counter()
    output = os.path.join(directory, "policy")
    subprocess.run([hftml, "train", recipe, "-o", output, "--seed", str(seed), "--set", f"agent.totalSteps={steps}", "--threads", str(threads), "-q"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    return json.load(open(os.path.join(output, "evaluation.json")))["policies"][0]["return"], seconds


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--hftml", required=True)
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--steps", type=int, default=200_000)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    hftml, root = os.path.abspath(options.hftml), os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([hftml, "init", "--no-scm"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
        for name, peer in [("ppo", ppo), ("dqn", dqn)]:
            recipe = os.path.join(root, "Pipelines", "reinforcement", f"cartpole-{name}.yaml")
            rows = []
            for seed in range(1, options.seeds + 1):
                score, seconds = ours(hftml, recipe, options.steps, seed, options.threads, directory)
                best = None
                # The peer gets the number of threads that is best for it: these networks are small.
                for threads in {1, options.threads}:
                    torch.set_num_threads(threads)
                    began = time.perf_counter()
                    peer_score, rate = peer(options.steps, seed)
                    elapsed = time.perf_counter() - began
                    if best is None or elapsed < best[1]:
                        best = (peer_score, elapsed, rate)
                rows.append((score, seconds, *best))
                print(f"{name} seed {seed}: hftml {score:.1f} in {seconds:.2f} s · PyTorch {best[0]:.1f} in {best[1]:.1f} s ({best[2]:.0f} acting steps/s)", flush=True)
            ratio = statistics.median(r[3] / r[1] for r in rows)
            print(f"{name}: median time hftml {statistics.median(r[1] for r in rows):.2f} s, PyTorch {statistics.median(r[3] for r in rows):.1f} s, ratio {ratio:.1f}; solved (>= 475): {sum(r[0] >= 475 for r in rows)} and {sum(r[2] >= 475 for r in rows)} of {len(rows)}")


if __name__ == "__main__":
    sys.exit(main())
