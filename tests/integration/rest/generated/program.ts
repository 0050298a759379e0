// A customer's program on types that openapi-typescript made: upload → task flow → pictures. Prints JSON.
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const [url, token, clip] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

/** A refusal ends the program by what the server says. */
function meant<T>({ data, error }: { data?: T; error?: components["schemas"]["Problem"] }): T {
  if (error || data === undefined) throw new Error(error?.detail ?? "no answer");
  return data;
}

async function main(): Promise<void> {
  const steps = [{ definition: 20000, start: 1, end: 2 }];
  const flow = meant(await client.POST("/api/v1/procedures", { body: { name: "generated for Node", steps } }));
  const file = new File([readFileSync(clip)], "clip.mp4", { type: "video/mp4" });
  const form = (): FormData => {
    const made = new FormData();
    made.append("procedure", flow.name);
    made.append("file", file);
    return made;
  };
  const body = { file: "", procedure: flow.name } as components["schemas"]["FileFormRequest"];
  const kept = meant(await client.POST("/api/v1/media", { body, bodySerializer: form }));
  const path = { task_id: kept.task_id };
  let task = meant(await client.GET("/api/v1/tasks/{task_id}", { params: { path } }));
  for (let turn = 0; turn < 60 && ["waiting", "processing"].includes(task.outcome); turn++)
    task = meant(await client.GET("/api/v1/tasks/{task_id}", { params: { path, query: { wait: 10 } } }));
  const pictures = meant(await client.GET("/api/v1/outputs", { params: { query: { task_id: task.task_id } } })).results;
  const media = meant(await client.GET("/api/v1/media/{file_id}", { params: { path: { file_id: kept.file_id } } }));
  const refusal = await client.GET("/api/v1/procedures/{name}", { params: { path: { name: "nowhere" } } });
  const sizes = await Promise.all(pictures.map(async (one) => (await (await fetch(one.url)).arrayBuffer()).byteLength));
  console.log(
    JSON.stringify({
      name: media.name,
      outcome: task.outcome,
      animated: pictures.map((one) => one.frames > 1),
      whole: pictures.map((one, index) => sizes[index] === one.size),
      refused: refusal.error?.status ?? null,
    }),
  );
}

void main();
