// How far the first picture of a loop is from its last one, as RMS of the luma: 0 is nothing, 1 all.
import { isSteppable, paint } from "./moving.js";

const EDGE = 64; // pixels are enough to tell

// null where the browser can't step through pictures, or there is one only.
export async function seamOf(blob) {
  if (!isSteppable) return null;
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type: blob.type });
  try {
    await decoder.tracks.ready;
    const { frameCount } = decoder.tracks.selectedTrack;
    if (frameCount < 2) return null;
    const [first, last] = [await luma(decoder, 0), await luma(decoder, frameCount - 1)];
    return Math.sqrt(first.reduce((sum, one, place) => sum + (one - last[place]) ** 2, 0) / first.length) / 255;
  } finally {
    decoder.close();
  }
}

async function luma(decoder, frameIndex) {
  const { image } = await decoder.decode({ frameIndex });
  const canvas = new OffscreenCanvas(EDGE, EDGE);
  paint(canvas, image, EDGE, EDGE);
  image.close();
  const { data } = canvas.getContext("2d").getImageData(0, 0, EDGE, EDGE);
  return Float32Array.from({ length: EDGE * EDGE }, (_, place) => 0.299 * data[4 * place] + 0.587 * data[4 * place + 1] + 0.114 * data[4 * place + 2]);
}
