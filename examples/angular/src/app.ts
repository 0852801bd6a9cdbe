import { Component, computed, CUSTOM_ELEMENTS_SCHEMA, signal } from "@angular/core";
import type { Recognition } from "lenet";
import "lenet/element.js"; // defines <lenet-pad>

/** Spells a word, letter by letter. */
@Component({
  selector: "app-root",
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <h1>Spell a word</h1>
    <lenet-pad #pad label="Draw the next letter" [disabled]="full()" (recognize)="answer.set($event.detail)" />
    <output>{{ word() }}<span> {{ guess() }}</span></output>
    <button type="button" [disabled]="!letter()" (click)="keep(); pad.clear()">Keep the letter</button>
  `,
})
export class App {
  protected readonly answer = signal<Recognition | null>(null);
  protected readonly word = signal("");
  protected readonly letter = computed(() => this.answer()?.letter ?? null);
  protected readonly full = computed(() => this.word().length >= 12);
  protected readonly guess = computed(() => {
    const answer = this.answer();
    return answer?.letter ? `${answer.letter}, ${Math.round(100 * answer.confidence)} %` : "";
  });

  protected keep(): void {
    this.word.update((word) => word + this.letter());
  }
}
