// EB1016: module with side effects.
import {  } from "ebpftsc";

export class P {

}

console.log("loaded"); // error: EB1016
