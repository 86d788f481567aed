const { fork, spawn, spawnSync, execFile } = require('child_process');
if (process.argv[2] === 'child') {
  process.on('message', (m) => { process.send({ square: m.n * m.n }, () => process.exit(m.n)); });
} else {
  const step = (n) => new Promise((done) => {
    const child = fork(__filename, ['child']);
    child.on('message', (m) => { child.square = m.square; });
    child.on('exit', (code) => done([n, child.square, code]));
    child.send({ n });
  });
  (async () => {
    console.log(await Promise.all([1, 2, 3, 4].map(step)));
    console.log(spawnSync('sh', ['-c', 'cat; echo error >&2; exit 7'], { input: 'sync\n' }).status);
    await new Promise((done) => execFile('seq', ['1', '5'], (e, out) => { console.log(e, out); done(); }));
    await new Promise((done) => {
      const sleeper = spawn('sleep', ['10']);
      sleeper.on('exit', (code, signal) => { console.log(code, signal); done(); });
      sleeper.kill('SIGTERM');
    });
    process.exitCode = 5;
  })();
}
