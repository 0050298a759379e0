// An animated picture, drawn as it is at any moment: so two of them, or one and the video, show the same tick.
export const isSteppable = "ImageDecoder" in globalThis; // of secure contexts alone

export class Moving {
  static async of(blob) {
    const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type: blob.type });
    await decoder.tracks.ready;
    return new Moving(decoder);
  }

  constructor(decoder) {
    Object.assign(this, { decoder, count: decoder.tracks.selectedTrack.frameCount, number: -1, begin: 0, end: 0, busy: false });
  }

  // Draws what shows `seconds` after its beginning, if it isn't drawn already.
  async draw(canvas, seconds) {
    const at = seconds * 1e6 + 1;
    if (this.busy || (this.number >= 0 && at >= this.begin && (at < this.end || this.number === this.count - 1))) return;
    this.busy = true;
    try {
      if (at < this.begin) Object.assign(this, { number: -1, end: 0 });
      for (let left = this.count; left > 0 && this.number < this.count - 1; left--) {
        const { image } = await this.decoder.decode({ frameIndex: this.number + 1 });
        Object.assign(this, { number: this.number + 1, begin: this.end, end: this.end + (image.duration ?? 0) });
        const shows = at < this.end || this.number === this.count - 1;
        if (shows) paint(canvas, image, image.displayWidth, image.displayHeight);
        image.close();
        if (shows) return;
      }
    } catch (error) {
      if (error.name !== "AbortError") throw error; // closed meanwhile
    } finally {
      this.busy = false;
    }
  }

  close() {
    this.decoder.close();
  }
}

export function paint(canvas, picture, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
}
